import { hash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  amzDateOf,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  EMPTY_SHA256,
  stringToSign,
} from '../../lib/sigv4-canonical.ts';
import type { Authentication, Authenticator, AuthRefusal } from '../authenticator.ts';
import { headerOf, type WireRequest } from '../request.ts';
import type { ChunkSigning } from './aws-chunked.ts';
import { type PresentedSignature, presentedSignature } from './presented.ts';
import { hmac, SigningKeys } from './signing-keys.ts';

/** What is known about an access key. A key that is unknown or switched off is not found. */
export interface KnownKey {
  readonly secretAccessKey: string;
  /** Of temporary credentials. The request must show the same. */
  readonly sessionToken?: string | undefined;
  /** Epoch milliseconds from which the credentials are no longer good. */
  readonly expiresAt?: number | undefined;
  readonly caller: Caller;
}

/** What a verifier depends on. */
export interface VerifierOptions {
  readonly clock: Clock;
  readonly findKey: (accessKeyId: string) => KnownKey | undefined;
  /** Services (by signing name) whose requests may leave their body out of the signature. */
  readonly unsignedPayloadServices?: ReadonlySet<string>;
}

/** How far the clocks of a client and of this server may be apart. */
export const CLOCK_SKEW_MAX_MS = 15 * 60 * 1000;

/** Makes the authenticator that verifies AWS Signature Version 4, from the header or from a presigned URL. */
export function sigv4Authenticator(options: VerifierOptions): Authenticator {
  const keys = new SigningKeys();
  return (request, signingName, isHead = false) => {
    const presented = presentedSignature(request);
    if (presented.kind === 'unsigned') return { kind: 'unsigned' };
    if (presented.kind === 'malformed') return refused(presented);
    return verify({ request, signingName, isHead, keys, options }, presented.signature);
  };
}

interface Verification {
  readonly request: WireRequest;
  readonly signingName: string;
  readonly isHead: boolean;
  readonly keys: SigningKeys;
  readonly options: VerifierOptions;
}

function verify(verification: Verification, presented: PresentedSignature): Authentication {
  const { signingName, options } = verification;
  const now = options.clock.now();
  const key = options.findKey(presented.accessKeyId);
  if (key === undefined) return refused({ kind: 'unknown-key' });
  if (presented.scope.service !== signingName) return refused({ kind: 'wrong-service', wanted: signingName });
  const outdated = clockRefusal(presented, now);
  if (outdated !== undefined) return refused(outdated);
  const unsigned = unsignedHeader(verification.request, presented);
  if (unsigned !== undefined) return refused(unsigned);
  const signature = signatureOf(verification, presented, key.secretAccessKey);
  if (signature !== undefined && !sameText(signature, presented.signature)) {
    return refused({ kind: 'bad-signature' });
  }
  if (!sameText(key.sessionToken ?? '', presented.sessionToken ?? '')) return refused({ kind: 'bad-token' });
  if (key.expiresAt !== undefined && key.expiresAt <= now) return refused({ kind: 'expired-token' });
  return {
    kind: 'caller',
    caller: key.caller,
    ...chunkSigningOf(verification, presented, key.secretAccessKey),
  };
}

/** What these say is in the signature by another way, or is compared with the key. */
const BOUND_OTHERWISE: ReadonlySet<string> = new Set([
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
]);

/**
 * The headers that decide what a request does; a signature that leaves them out proves nothing. With S3 that is every
 * `x-amz-` header: one more makes a copy of another object out of a presigned upload. (S3-11)
 */
function unsignedHeader(
  { headers }: WireRequest,
  { signedHeaders, scope }: PresentedSignature,
): AuthRefusal | undefined {
  const isUnsigned = (name: string): boolean => headers[name] !== undefined && !signedHeaders.includes(name);
  if (isUnsigned('x-amz-target')) {
    return { kind: 'malformed', detail: "'x-amz-target' must be one of the SignedHeaders." };
  }
  if (scope.service !== 's3') return undefined;
  const isLoose = Object.keys(headers).some(
    (name) => name.startsWith('x-amz-') && !BOUND_OTHERWISE.has(name) && isUnsigned(name),
  );
  return isLoose ? { kind: 'unsigned-headers' } : undefined;
}

/** Undefined while nothing is known of the body. */
function signatureOf(
  verification: Verification,
  presented: PresentedSignature,
  secret: string,
): string | undefined {
  const { request, keys } = verification;
  const isPresigned = presented.expiresSeconds !== undefined;
  const bodyHash = payloadHash(verification, isPresigned);
  if (bodyHash === undefined) return undefined;
  const canonical = canonicalRequest({
    method: request.method,
    path: presented.scope.service === 's3' ? request.path : canonicalPath(request.path),
    query: canonicalQuery(request.query, isPresigned ? 'X-Amz-Signature' : undefined),
    signedHeaders: presented.signedHeaders,
    header: (name) => headerOf(request, name),
    payloadHash: bodyHash,
  });
  const text = stringToSign(presented.amzDate, presented.scope, hash('sha256', canonical, 'hex'));
  return hmac(keys.of(presented.accessKeyId, secret, presented.scope), text).toString('hex');
}

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/**
 * The hash of the body that came, whatever hash the request claims; of one that has not come the claimed one. Only listed
 * services may leave it out.
 */
function payloadHash(
  { request, signingName, isHead, options }: Verification,
  isPresigned: boolean,
): string | undefined {
  const mayLeaveOut = options.unsignedPayloadServices?.has(signingName) ?? false;
  const claimed = headerOf(request, 'x-amz-content-sha256');
  if (mayLeaveOut) {
    if (claimed === UNSIGNED_PAYLOAD || claimed?.startsWith('STREAMING-')) return claimed;
    if (isPresigned && claimed === undefined) return UNSIGNED_PAYLOAD;
  }
  if (isHead) return claimed;
  return request.body.length === 0 ? EMPTY_SHA256 : hash('sha256', request.body, 'hex');
}

/** With signed chunks the request's own signature covers none of the body: theirs do. */
function chunkSigningOf(
  { request, keys }: Verification,
  { accessKeyId, scope, amzDate, signature }: PresentedSignature,
  secret: string,
): { readonly chunkSigning?: ChunkSigning } {
  if (!headerOf(request, 'x-amz-content-sha256')?.startsWith(SIGNED_CHUNKS)) return {};
  return {
    chunkSigning: { key: keys.of(accessKeyId, secret, scope), scope, amzDate, seedSignature: signature },
  };
}

const SIGNED_CHUNKS = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';

/** The sentences are the services' own; SDKs correct their clock from the `Date` header when they see the code. */
function clockRefusal(presented: PresentedSignature, now: number): AuthRefusal | undefined {
  const { signedAt, amzDate, expiresSeconds } = presented;
  const nowText = amzDateOf(now);
  if (signedAt - now > CLOCK_SKEW_MAX_MS) {
    const latest = amzDateOf(now + CLOCK_SKEW_MAX_MS);
    return {
      kind: 'outdated',
      now,
      detail: `Signature not yet current: ${amzDate} is still later than ${latest} (${nowText} + 15 min.)`,
    };
  }
  if (expiresSeconds !== undefined) {
    return now > signedAt + expiresSeconds * 1000
      ? { kind: 'outdated', now, detail: 'The presigned URL has expired.' }
      : undefined;
  }
  if (now - signedAt > CLOCK_SKEW_MAX_MS) {
    const earliest = amzDateOf(now - CLOCK_SKEW_MAX_MS);
    return {
      kind: 'outdated',
      now,
      detail: `Signature expired: ${amzDate} is now earlier than ${earliest} (${nowText} - 15 min.)`,
    };
  }
  return undefined;
}

const refused = (refusal: AuthRefusal): Authentication => ({ kind: 'refused', refusal });

/** Compares without telling by its time where the texts differ. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
