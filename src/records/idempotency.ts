import { type Instant, plusMs } from '../lib/clock.ts';
import { fingerprint } from '../lib/fingerprint.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { type IdempotencyToken, idempotencyTokens } from './collections.ts';

/** How long a token is remembered: the 24 hours that AWS names as the most. (IDM-1) */
export const TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;

/** What a request with a client token is told apart by. The scope is the cluster: the same token elsewhere is another. */
export interface TokenScope {
  /** The AWS name of the operation. */
  readonly operation: string;
  readonly clusterArn: string;
  readonly token: string;
}

/** How a request relates to an earlier one with the same token. */
export type TokenUse =
  | { readonly kind: 'first' }
  /** The same request again: it is answered from these resources. */
  | { readonly kind: 'repeat'; readonly resourceArns: readonly string[] }
  /** Another request under the same token: it is refused. */
  | { readonly kind: 'conflict'; readonly resourceArns: readonly string[] };

/** Looks a token up. `request` is the request's input; its `clientToken` and the order of its members do not count. (IDM-1) */
export function tokenUse(tx: ReadTx, scope: TokenScope, request: { input: object; now: Instant }): TokenUse {
  const row = tx.get(idempotencyTokens, tokenKey(scope));
  if (row === undefined || row.expiresAt <= request.now) return { kind: 'first' };
  const kind = row.request === fingerprint(canonicalRequest(request.input)) ? 'repeat' : 'conflict';
  return { kind, resourceArns: row.resourceArns };
}

/** Remembers what came of the first request with a token. (IDM-1) */
export function rememberToken(
  tx: WriteTx,
  scope: TokenScope,
  outcome: { input: object; resourceArns: readonly string[]; now: Instant },
): void {
  const row: IdempotencyToken = {
    key: tokenKey(scope),
    request: fingerprint(canonicalRequest(outcome.input)),
    resourceArns: outcome.resourceArns,
    expiresAt: plusMs(outcome.now, TOKEN_LIFE_MS),
  };
  tx.put(idempotencyTokens, row);
}

/** A request as text that does not depend on the order of members, on absent members or on the token itself. */
export function canonicalRequest(input: object): string {
  const { clientToken: _, ...rest } = input as { clientToken?: unknown };
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

const tokenKey = ({ operation, clusterArn, token }: TokenScope): string =>
  `${operation} ${clusterArn} ${token}`;
