import type { Clock, Instant } from '../lib/clock.ts';
import { type IssuerKeySet, type IssuerKeys, isIssuerKeySet } from '../lib/issuer-keys.ts';
import type { Log } from '../lib/log.ts';

/** How long keys that an issuer answered are used. */
const FRESH_MS = 10 * 60_000;
/** An issuer is asked at most this often, whatever tokens come: anybody may send one. */
const ASK_AGAIN_AFTER_MS = 30_000;
const TIMEOUT_MS = 5_000;
/** Issuers have a few keys of less than 4 KiB. */
const ANSWER_MAX_BYTES = 1024 * 1024;

/** What issuer keys are made of. */
export interface IssuerKeysOptions {
  /** Keys that need no network, as they are now, by the issuer without `https://`. They win. */
  readonly configured: () => ReadonlyMap<string, IssuerKeySet>;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads JSON from a URL; the network by default. */
  readonly fetchJson?: ((url: string) => Promise<unknown>) | undefined;
}

interface Known {
  readonly askedAt: Instant;
  readonly keys: Promise<IssuerKeySet | undefined>;
}

/** Keys of issuers from the configuration, else from the issuer's own well-known address, which is remembered. (STS-8) */
export function issuerKeys({
  configured,
  clock,
  log,
  fetchJson = fetchJsonOf,
}: IssuerKeysOptions): IssuerKeys {
  const known = new Map<string, Known>();
  const ask = (issuer: string): Known => {
    const keys = publishedKeys(issuer, fetchJson).catch((error: unknown) => {
      log.warn('issuer-keys.unreachable', { issuer, error: String(error) });
      return undefined;
    });
    const asked = { askedAt: clock.now(), keys };
    known.set(issuer, asked);
    return asked;
  };
  return {
    find: async (issuer, keyId) => {
      const own = configured().get(issuer);
      if (own !== undefined) return own;
      const last = known.get(issuer);
      if (last === undefined) return ask(issuer).keys;
      const ageMs = clock.now() - last.askedAt;
      if (ageMs < ASK_AGAIN_AFTER_MS) return last.keys;
      const keys = await last.keys;
      return ageMs < FRESH_MS && holds(keys, keyId) ? keys : ask(issuer).keys;
    },
  };
}

const holds = (set: IssuerKeySet | undefined, keyId: string | undefined): boolean =>
  set?.keys.some(({ kid }) => keyId === undefined || kid === keyId) === true;

/** OpenID Connect Discovery 1.0, section 4: the configuration names the address of the keys. */
async function publishedKeys(
  issuer: string,
  fetchJson: (url: string) => Promise<unknown>,
): Promise<IssuerKeySet> {
  const base = `https://${issuer}`.replace(/\/$/, '');
  const configuration = await fetchJson(`${base}/.well-known/openid-configuration`);
  const address =
    typeof configuration === 'object' && configuration !== null && 'jwks_uri' in configuration
      ? configuration.jwks_uri
      : undefined;
  if (typeof address !== 'string' || !address.startsWith('https://')) {
    throw new Error('its configuration names no jwks_uri');
  }
  const keys = await fetchJson(address);
  if (!isIssuerKeySet(keys)) throw new Error('its jwks_uri answers no keys');
  return keys;
}

async function fetchJsonOf(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const text = await response.text();
  if (text.length > ANSWER_MAX_BYTES) throw new Error(`${url} answered too much`);
  return JSON.parse(text);
}
