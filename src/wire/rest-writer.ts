import type { MemberTable, ServiceTable, StructureTable } from '../shapes/table.ts';
import type { Envelope, WireAnswer } from './answer.ts';
import type { NamedOperation } from './codec.ts';
import { escapeXml, type XmlWriters } from './xml-writer.ts';

type Values = Readonly<Record<string, unknown>>;
type Members = readonly (readonly [string, MemberTable])[];

/** The operation whose answer is the text of its only member, without an element around it. */
const UNWRAPPED = 'GetBucketLocation';
const PARTIAL_CONTENT = 206;
const NO_CONTENT = 204;

/** Writes outputs whose members are headers, XML, or the body as it is. */
export function restAnswer(
  table: ServiceTable,
  writers: XmlWriters,
  {
    operation,
    envelope,
    output,
  }: { readonly operation: NamedOperation; readonly envelope: Envelope; readonly output: Values },
): WireAnswer {
  const { output: name, http } = operation.table;
  const shape = name === undefined ? undefined : table.shapes[name];
  const members: Members = shape !== undefined && 'members' in shape ? Object.entries(shape.members) : [];
  const headers = headersOf(members, output);
  const status = headers['content-range'] === undefined ? (http?.status ?? 200) : PARTIAL_CONTENT;
  const body = bodyOf(table, writers, { operation, members, output });
  return {
    status,
    headers: {
      'x-amz-request-id': envelope.requestId,
      'x-amz-id-2': envelope.requestId,
      ...(typeof body === 'string' && body !== '' ? { 'content-type': 'application/xml' } : {}),
      ...headers,
    },
    body: status === NO_CONTENT ? '' : body,
  };
}

function headersOf(members: Members, output: Values): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, member] of members) {
    const value = output[name];
    if (value === undefined || value === null) continue;
    if (member.httpHeader !== undefined) headers[member.httpHeader.toLowerCase()] = headerText(value, member);
    if (member.httpPrefixHeaders !== undefined) {
      for (const [key, text] of Object.entries(value as Readonly<Record<string, string>>)) {
        headers[`${member.httpPrefixHeaders}${key}`] = text;
      }
    }
  }
  return headers;
}

const headerText = (value: unknown, member: MemberTable): string =>
  member.type === 'timestamp' ? new Date(Number(value)).toUTCString() : String(value);

function bodyOf(
  table: ServiceTable,
  writers: XmlWriters,
  {
    operation,
    members,
    output,
  }: { readonly operation: NamedOperation; readonly members: Members; readonly output: Values },
): string | Uint8Array {
  const payload = members.find(([, member]) => member.httpPayload === true);
  if (payload !== undefined) {
    const [name, member] = payload;
    const value = output[name];
    if (value === undefined || value === null) return '';
    if (member.type === 'blob') return value as Uint8Array;
    if (member.type === 'string') return String(value);
    const root = member.xmlName ?? rootOf(table, member.type) ?? name;
    return document(table, root, writers.structure(member.type)(value as Values));
  }
  const inBody = members.filter(([, member]) => !isInHeaders(member));
  const outputName = operation.table.output;
  if (inBody.length === 0 || outputName === undefined) return '';
  const root = rootOf(table, outputName) ?? outputName;
  if (operation.name === UNWRAPPED)
    return document(table, root, escapeXml(String(output[inBody[0]?.[0] ?? ''] ?? '')));
  const values = Object.fromEntries(inBody.map(([name]) => [name, output[name]]));
  return document(table, root, writers.structure(outputName)(values));
}

const isInHeaders = ({ httpHeader, httpPrefixHeaders }: MemberTable): boolean =>
  httpHeader !== undefined || httpPrefixHeaders !== undefined;

const rootOf = (table: ServiceTable, name: string): string | undefined =>
  (table.shapes[name] as StructureTable | undefined)?.xmlName;

const document = ({ xmlNamespace }: ServiceTable, root: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${xmlNamespace}">${content}</${root}>`;
