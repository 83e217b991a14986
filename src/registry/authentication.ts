import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../lib/clock.ts';
import { registryTokens } from '../records/ecr.ts';
import { findCredentials } from '../records/identity.ts';
import type { Store } from '../store/store.ts';

/** User and password of an `Authorization: Basic` header. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Who a login is. */
export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

/** Tells who sends a request; `login` is undefined when the request carries none. */
export type Authenticate = (login: Login | undefined) => Authentication;

/** Takes user `AWS` with a password of GetAuthorizationToken, and nobody else. (REG-1, ECR-3) */
export function tokenAuthentication(ports: { readonly store: Store; readonly clock: Clock }): Authenticate {
  return (login) => {
    if (login?.user !== 'AWS') return { kind: 'unknown' };
    const now = ports.clock.now();
    const cut = login.password.indexOf('.');
    return ports.store.read((tx): Authentication => {
      const token = tx.get(registryTokens, login.password.slice(0, Math.max(cut, 0)));
      if (token === undefined || !isSame(token.secret, login.password.slice(cut + 1)))
        return { kind: 'unknown' };
      if (token.expiresAt <= now) return { kind: 'expired' };
      const caller = findCredentials(tx, token.accessKeyId, now)?.caller;
      return caller === undefined ? { kind: 'unknown' } : { kind: 'caller', caller };
    });
  };
}

/** Takes everybody for `caller`, with or without a login: for an installation that checks no credentials. */
export const openAuthentication =
  (caller: Caller): Authenticate =>
  () => ({ kind: 'caller', caller });

/** Reads the header; undefined when it is not there or of another form. The scheme's case does not matter. */
export function readLogin(header: string | undefined): Login | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const cut = text.indexOf(':');
  return cut < 0 ? undefined : { user: text.slice(0, cut), password: text.slice(cut + 1) };
}

/** Compares digests, so that the time tells nothing of the secret, its length included. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(sha256(one), sha256(other));

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
