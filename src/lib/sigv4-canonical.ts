/*
 * AWS Signature Version 4: the texts that are hashed and signed. Both sides use it, the signer and the verifier.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

/** The name of the only algorithm. */
export const SIGV4_ALGORITHM = 'AWS4-HMAC-SHA256';

/** The SHA-256 of nothing, in hexadecimal. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What a signature is good for: one day, region and service. */
export interface CredentialScope {
  /** `YYYYMMDD`. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** The parts of a request that a signature covers, already in their canonical forms. */
export interface CanonicalParts {
  readonly method: string;
  /** See `canonicalPath`. */
  readonly path: string;
  /** See `canonicalQuery`. */
  readonly query: string;
  /** Names in lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** The value of a header by its lower-case name; undefined counts as empty. */
  readonly header: (name: string) => string | undefined;
  /** Hexadecimal SHA-256 of the body, or a literal such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/** `20261122/us-east-1/ecs/aws4_request`. */
export const scopeText = (scope: CredentialScope): string =>
  `${scope.day}/${scope.region}/${scope.service}/aws4_request`;

/** The canonical request, whose hash is signed. */
export function canonicalRequest(parts: CanonicalParts): string {
  let headers = '';
  for (const name of parts.signedHeaders) headers += `${name}:${headerValue(parts.header(name))}\n`;
  return `${parts.method}\n${parts.path}\n${parts.query}\n${headers}\n${parts.signedHeaders.join(';')}\n${parts.payloadHash}`;
}

/** The text that is signed. `amzDate` is `YYYYMMDDTHHMMSSZ`; `requestHash` the hash of the canonical request. */
export const stringToSign = (amzDate: string, scope: CredentialScope, requestHash: string): string =>
  `${SIGV4_ALGORITHM}\n${amzDate}\n${scopeText(scope)}\n${requestHash}`;

/** Derives the key that signs for a scope. `hmac` is HMAC-SHA256. */
export function signingKey<Key>(
  secretAccessKey: string,
  scope: CredentialScope,
  hmac: (key: Key | string, text: string) => Key,
): Key {
  const day = hmac(`AWS4${secretAccessKey}`, scope.day);
  return hmac(hmac(hmac(day, scope.region), scope.service), 'aws4_request');
}

/**
 * The path as services other than S3 sign it: dot segments and empty segments removed from the path as sent, then
 * encoded once more (so a `%20` on the wire counts as `%2520`).
 */
export function canonicalPath(rawPath: string): string {
  if (rawPath === '/' || rawPath === '') return '/';
  const kept: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(uriEncode(segment));
  }
  const end = kept.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return `/${kept.join('/')}${end}`;
}

/**
 * The query in canonical form: every name and value decoded and encoded again, sorted by name, then value.
 * Parameters called `without` are left out: a presigned request does not sign its own signature.
 */
export function canonicalQuery(rawQuery: string, without?: string): string {
  if (rawQuery === '') return '';
  const pairs: (readonly [string, string])[] = [];
  for (const part of rawQuery.split('&')) {
    if (part === '') continue;
    const cut = part.indexOf('=');
    const name = percentDecode(cut < 0 ? part : part.slice(0, cut));
    if (name === without) continue;
    pairs.push([uriEncode(name), uriEncode(cut < 0 ? '' : percentDecode(part.slice(cut + 1)))]);
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

/** Encodes everything but the unreserved characters of RFC 3986. A lone surrogate counts as U+FFFD. */
const uriEncode = (text: string): string =>
  encodeURIComponent(text.isWellFormed() ? text : text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `YYYYMMDDTHHMMSSZ` of a time point. */
export const amzDateOf = (epochMs: number): string =>
  new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** The epoch milliseconds of a `YYYYMMDDTHHMMSSZ`; undefined when it is not one. */
export function parseAmzDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const epochMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const headerValue = (value: string | undefined): string =>
  value === undefined ? '' : value.trim().replace(/\s+/g, ' ');

/** Text that is not valid percent encoding is taken as it stands. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
