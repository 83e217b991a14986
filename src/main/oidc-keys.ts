import { readFileSync, statSync } from 'node:fs';
import { type IssuerKeySet, isIssuerKeySet } from '../lib/issuer-keys.ts';
import type { Log } from '../lib/log.ts';
import { UsageError } from './usage-error.ts';

const EXPECTED = 'a JSON object of issuer URLs with their keys: {"https://issuer": {"keys": [{"kty": …}]}}';

/** The keys of each issuer, by its URL without `https://`. */
type KeysByIssuer = ReadonlyMap<string, IssuerKeySet>;

/**
 * The keys in the file of `--oidc-keys`, as they are whenever asked: an issuer changes its keys now and then. The file must
 * be right at the start; one that is wrong later is told in the log, and the keys that were read before stay. (PRG-11)
 */
export function oidcKeys(path: string | undefined, log: Log): () => KeysByIssuer {
  if (path === undefined) return () => new Map();
  let known: KeysByIssuer = readKeys(path);
  let mark = markOf(path);
  return () => {
    const current = markOf(path);
    if (current === mark) return known;
    mark = current;
    try {
      known = readKeys(path);
    } catch (error) {
      log.warn('oidc-keys.unusable', { path, error: String(error) });
    }
    return known;
  };
}

/** What is another for another content: files are replaced or written anew. */
function markOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}

function readKeys(path: string): KeysByIssuer {
  const parsed = parsedFile(path);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong(path);
  const entries = Object.entries(parsed).map(([issuer, keys]): [string, IssuerKeySet] => {
    if (!issuer.startsWith('https://') || !isIssuerKeySet(keys)) throw wrong(path);
    return [issuer.slice('https://'.length), keys];
  });
  return new Map(entries);
}

function parsedFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`--oidc-keys: ${path} cannot be read as JSON.`, { cause });
  }
}

const wrong = (path: string): UsageError => new UsageError(`--oidc-keys: ${path} must hold ${EXPECTED}.`);
