import type { Caller } from '../domain/caller.ts';
import type { WireRequest } from './request.ts';
import type { ChunkSigning } from './sigv4/aws-chunked.ts';

/** Why a request is not let in. Each service has its own codes for these; see `auth-refusals.ts`. */
export type AuthRefusal =
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'bad-token' }
  | { readonly kind: 'expired-token' }
  | { readonly kind: 'bad-signature' }
  /** S3 alone: the request has headers that its signature leaves out. */
  | { readonly kind: 'unsigned-headers' }
  /** `detail` is the service's sentence about the clock, which showed `now` (epoch milliseconds). */
  | { readonly kind: 'outdated'; readonly detail: string; readonly now: number }
  | { readonly kind: 'wrong-service'; readonly wanted: string };

/** What a signature proves. */
export type Authentication =
  | {
      readonly kind: 'caller';
      readonly caller: Caller;
      /** What the signatures of the body's chunks begin with, when the request says that it has some. */
      readonly chunkSigning?: ChunkSigning | undefined;
    }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'refused'; readonly refusal: AuthRefusal };

/**
 * Decides who makes a request. `signingName` is the service that the request was routed to. While the body has not come
 * (`isHead`), the hash that the request claims stands for it, and a request that claims none is believed so far.
 */
export type Authenticator = (request: WireRequest, signingName: string, isHead?: boolean) => Authentication;

/** Lets everyone in as `root`: what `--auth off` uses, on a loopback address only. */
export const acceptEveryone =
  (root: Caller): Authenticator =>
  () => ({ kind: 'caller', caller: root });
