import { hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type CredentialScope, EMPTY_SHA256, SIGV4_ALGORITHM, scopeText } from '../../lib/sigv4-canonical.ts';
import { hmac } from './signing-keys.ts';

/*
 * The `aws-chunked` content encoding: `<hex size>[;chunk-signature=<hex>]CRLF <bytes> CRLF …`, a chunk of size 0 at
 * the end, then trailers. `x-amz-content-sha256` says which of its forms it is:
 * `STREAMING-UNSIGNED-PAYLOAD-TRAILER` (a checksum follows as a trailer) or
 * `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` (every chunk is signed, each signature building on the one before).
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */

/** What the chunk signatures start from: the request's own signature, and the key that made it. */
export interface ChunkSigning {
  readonly key: Buffer | KeyObject;
  readonly scope: CredentialScope;
  readonly amzDate: string;
  readonly seedSignature: string;
}

/** The bytes without their framing, or why they cannot be trusted. */
export type Unchunked =
  | { readonly kind: 'body'; readonly body: Buffer; readonly trailers: ReadonlyMap<string, string> }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'bad-signature' };

/** More chunks than this in one body are refused. */
const CHUNKS_MAX_COUNT = 65_536;

/** Takes the framing off a body. With `signing` every chunk must carry a signature that fits. */
export function unchunk(framed: Buffer, signing?: ChunkSigning): Unchunked {
  const chunks: Buffer[] = [];
  let at = 0;
  let previous = signing?.seedSignature ?? '';
  while (chunks.length < CHUNKS_MAX_COUNT) {
    const header = chunkHeader(framed, at);
    if (header === undefined) return { kind: 'malformed', detail: 'a chunk has no readable header' };
    const end = header.start + header.size;
    if (end > framed.length) return { kind: 'malformed', detail: 'a chunk is shorter than it says' };
    const chunk = framed.subarray(header.start, end);
    if (signing !== undefined) {
      if (!signatureFits(chunk, { previous, presented: header.signature, signing }))
        return { kind: 'bad-signature' };
      previous = header.signature;
    }
    if (header.size === 0)
      return { kind: 'body', body: Buffer.concat(chunks), trailers: trailersOf(framed, end) };
    if (framed.toString('latin1', end, end + 2) !== '\r\n') {
      return { kind: 'malformed', detail: 'a chunk is longer than it says' };
    }
    chunks.push(chunk);
    at = end + 2;
  }
  return { kind: 'malformed', detail: `more than ${CHUNKS_MAX_COUNT} chunks` };
}

function chunkHeader(
  framed: Buffer,
  at: number,
): { readonly start: number; readonly size: number; readonly signature: string } | undefined {
  const line = framed.indexOf('\r\n', at);
  if (line < 0 || line - at > 256) return undefined;
  const found = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(
    framed.toString('latin1', at, line),
  );
  return found === null
    ? undefined
    : { start: line + 2, size: Number.parseInt(found[1] ?? '', 16), signature: found[2] ?? '' };
}

function signatureFits(
  chunk: Buffer,
  chain: { readonly previous: string; readonly presented: string; readonly signing: ChunkSigning },
): boolean {
  const { key, scope, amzDate } = chain.signing;
  const text = [
    `${SIGV4_ALGORITHM}-PAYLOAD`,
    amzDate,
    scopeText(scope),
    chain.previous,
    EMPTY_SHA256,
    hash('sha256', chunk, 'hex'),
  ].join('\n');
  const wanted = hmac(key, text).toString('hex');
  return (
    chain.presented.length === wanted.length &&
    timingSafeEqual(Buffer.from(chain.presented), Buffer.from(wanted))
  );
}

/** Names in lower case. What is not `name:value` is left out. */
function trailersOf(framed: Buffer, at: number): ReadonlyMap<string, string> {
  const lines = framed.toString('latin1', at).split('\r\n');
  return new Map(
    lines.flatMap((line) => {
      const cut = line.indexOf(':');
      return cut < 1 ? [] : [[line.slice(0, cut).toLowerCase(), line.slice(cut + 1).trim()] as const];
    }),
  );
}
