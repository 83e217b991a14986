import { type CredentialScope, parseAmzDate, SIGV4_ALGORITHM } from '../../lib/sigv4-canonical.ts';
import { headerOf, type WireRequest } from '../request.ts';

/** A signature as the request presents it; nothing of it has been verified. */
export interface PresentedSignature {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly amzDate: string;
  /** When it was made, in epoch milliseconds. */
  readonly signedAt: number;
  /** Lower case, in the order that the request gave. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Of a presigned URL: how long it is good for. */
  readonly expiresSeconds: number | undefined;
}

/** What a request presents. */
export type Presented =
  | { readonly kind: 'signed'; readonly signature: PresentedSignature }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'malformed'; readonly detail: string };

/** A presigned URL may be good for a week at most. */
const PRESIGNED_SECONDS_MAX = 604_800;

/** Finds the signature of a request, in its `Authorization` header or in the query of a presigned URL. */
export function presentedSignature(request: WireRequest): Presented {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== undefined) return fromHeader(request, authorization);
  if (/(?:^|&)X-Amz-(?:Algorithm|Signature)=/.test(request.query)) return fromQuery(request);
  return { kind: 'unsigned' };
}

/** The scope's service of a request, without looking at anything else; the router's hint for query requests. */
export function scopeService(request: Pick<WireRequest, 'headers' | 'query'>): string | undefined {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== undefined) {
    return /Credential=[^/,]*\/\d{8}\/[^/,]*\/([^/,]+)\//.exec(authorization)?.[1];
  }
  const credential = /(?:^|&)X-Amz-Credential=([^&]*)/.exec(request.query)?.[1];
  return credential?.replaceAll('%2F', '/').replaceAll('%2f', '/').split('/')[3];
}

const HEADER = /^AWS4-HMAC-SHA256 +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/;

function fromHeader(request: WireRequest, authorization: string): Presented {
  const [, credential, signedHeaders, signature] = HEADER.exec(authorization) ?? reordered(authorization);
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    return malformed(missingParts(authorization));
  }
  const amzDate = headerOf(request, 'x-amz-date') ?? httpDate(headerOf(request, 'date'));
  if (amzDate === undefined) {
    return malformed("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const sessionToken = headerOf(request, 'x-amz-security-token');
  return assemble({ credential, amzDate, signedHeaders, signature, sessionToken, expiresSeconds: undefined });
}

/** The parts in another order than every known client sends them. */
function reordered(authorization: string): readonly (string | undefined)[] {
  if (!authorization.startsWith(`${SIGV4_ALGORITHM} `)) return [];
  return [
    undefined,
    /[ ,]Credential=([^, ]+)/.exec(authorization)?.[1],
    /[ ,]SignedHeaders=([^, ]+)/.exec(authorization)?.[1],
    /[ ,]Signature=([0-9a-f]{64})(?=[, ]|$)/.exec(authorization)?.[1],
  ];
}

/** Names what is missing, and never repeats what was sent. */
function missingParts(authorization: string): string {
  if (!authorization.startsWith(`${SIGV4_ALGORITHM} `)) {
    return `Authorization header requires the algorithm ${SIGV4_ALGORITHM}.`;
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter(
    (part) => !authorization.includes(`${part}=`),
  );
  return missing.length === 0
    ? 'Authorization header is malformed.'
    : missing.map((part) => `Authorization header requires '${part}' parameter.`).join(' ');
}

function fromQuery(request: WireRequest): Presented {
  const parameters = new URLSearchParams(request.query.replaceAll('+', '%2B'));
  const value = (name: string): string => parameters.get(`X-Amz-${name}`) ?? '';
  if (value('Algorithm') !== SIGV4_ALGORITHM) return malformed(`X-Amz-Algorithm must be ${SIGV4_ALGORITHM}.`);
  const signature = value('Signature');
  if (!/^[0-9a-f]{64}$/.test(signature)) return malformed('X-Amz-Signature is missing or malformed.');
  const expiresSeconds = Number(value('Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > PRESIGNED_SECONDS_MAX) {
    return malformed(`X-Amz-Expires must be between 1 and ${PRESIGNED_SECONDS_MAX} seconds.`);
  }
  return assemble({
    credential: value('Credential'),
    amzDate: value('Date'),
    signedHeaders: value('SignedHeaders'),
    signature,
    sessionToken: parameters.get('X-Amz-Security-Token') ?? headerOf(request, 'x-amz-security-token'),
    expiresSeconds,
  });
}

interface Parts {
  readonly credential: string;
  readonly amzDate: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly sessionToken: string | undefined;
  readonly expiresSeconds: number | undefined;
}

function assemble(parts: Parts): Presented {
  const { amzDate, signature, sessionToken, expiresSeconds } = parts;
  const [accessKeyId, day, region, service, terminator, ...rest] = parts.credential.split('/');
  if (!accessKeyId || !day || !region || !service || terminator !== 'aws4_request' || rest.length > 0) {
    return malformed('Credential must have the form <access key>/<date>/<region>/<service>/aws4_request.');
  }
  const signedAt = parseAmzDate(amzDate);
  if (signedAt === undefined)
    return malformed('The date of the request must have the form YYYYMMDDTHHMMSSZ.');
  if (!amzDate.startsWith(day))
    return malformed("The date of the credential's scope is not the date of the request.");
  const signedHeaders = parts.signedHeaders.toLowerCase().split(';');
  if (!signedHeaders.includes('host')) return malformed("'host' must be one of the SignedHeaders.");
  return {
    kind: 'signed',
    signature: {
      accessKeyId,
      scope: { day, region, service },
      amzDate,
      signedAt,
      signedHeaders,
      signature,
      sessionToken,
      expiresSeconds,
    },
  };
}

function httpDate(text: string | undefined): string | undefined {
  const epochMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

const malformed = (detail: string): Presented => ({ kind: 'malformed', detail });
