import type { Protocol, ServiceTable } from '../shapes/table.ts';
import type { Refusal } from './refusal.ts';
import { escapeXml } from './xml-writer.ts';

/** A whole HTTP answer of the AWS port. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Instead of a body: what is sent piece by piece, as it comes. */
  readonly pieces?: AsyncIterable<Uint8Array> | undefined;
}

/** What the envelope of an answer needs beside its content. */
export interface Envelope {
  readonly protocol: Protocol;
  /** The request's own JSON type, when it is not the service's usual one. */
  readonly contentType?: string | undefined;
  readonly xmlNamespace: string;
  readonly requestId: string;
}

/** The envelope in which a service answers. */
export const envelopeOf = (table: ServiceTable, requestId: string, contentType?: string): Envelope => ({
  protocol: table.protocol,
  contentType,
  xmlNamespace: table.xmlNamespace,
  requestId,
});

const CONTENT_TYPES: Readonly<Partial<Record<Protocol, string>>> = {
  awsJson1_0: 'application/x-amz-json-1.0',
  awsJson1_1: 'application/x-amz-json-1.1',
  restXml: 'application/xml',
};

/** Answers 200. `content` is JSON text, or the XML of the output's members; undefined when there is no output. */
export function outputAnswer(envelope: Envelope, operation: string, content: string | undefined): WireAnswer {
  return answer(envelope, 200, bodyOf(envelope, operation, content));
}

function bodyOf(envelope: Envelope, operation: string, content: string | undefined): string {
  const { xmlNamespace, requestId } = envelope;
  switch (envelope.protocol) {
    case 'awsQuery': {
      const result = content === undefined ? '' : `<${operation}Result>${content}</${operation}Result>`;
      return `<${operation}Response xmlns="${xmlNamespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`;
    }
    case 'ec2Query':
      return `${XML_DECLARATION}<${operation}Response xmlns="${xmlNamespace}"><requestId>${requestId}</requestId>${content ?? '<return>true</return>'}</${operation}Response>`;
    default:
      return content ?? '{}';
  }
}

const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Answers with an error. `members` are its further members, written by the service's codec: `,"a":1` or XML. */
export function errorAnswer(envelope: Envelope, refusal: Refusal, members: string): WireAnswer {
  const { status, headers, body } = answer(envelope, refusal.status, errorBody(envelope, refusal, members));
  return { status, headers: refusal.date === undefined ? headers : { ...headers, date: refusal.date }, body };
}

function errorBody(envelope: Envelope, refusal: Refusal, members: string): string {
  const { requestId } = envelope;
  const code = escapeXml(refusal.code);
  const message = escapeXml(refusal.message);
  switch (envelope.protocol) {
    case 'awsQuery': {
      const type = refusal.fault === 'client' ? 'Sender' : 'Receiver';
      return `<ErrorResponse xmlns="${envelope.xmlNamespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message>${members}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    }
    case 'ec2Query':
      return `${XML_DECLARATION}<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`;
    case 'restXml':
      return refusal.status === 304
        ? ''
        : `${XML_DECLARATION}<Error><Code>${code}</Code><Message>${message}</Message>${members}<RequestId>${requestId}</RequestId><HostId>${requestId}</HostId></Error>`;
    default:
      return `{"__type":${JSON.stringify(refusal.code)},"message":${JSON.stringify(refusal.message)}${members}}`;
  }
}

function answer(envelope: Envelope, status: number, body: string): WireAnswer {
  const contentType = envelope.contentType ?? CONTENT_TYPES[envelope.protocol] ?? 'text/xml;charset=UTF-8';
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': envelope.requestId }, body };
}
