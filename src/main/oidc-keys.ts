import { readFileSync } from 'node:fs';
import { type IssuerKeySet, isIssuerKeySet } from '../lib/issuer-keys.ts';
import { UsageError } from './usage-error.ts';

const EXPECTED = 'a JSON object of issuer URLs with their keys: {"https://issuer": {"keys": [{"kty": …}]}}';

/** Reads the file of `--oidc-keys`: the keys of each issuer, by its URL without `https://`. (PRG-11) */
export function readOidcKeys(path: string | undefined): ReadonlyMap<string, IssuerKeySet> {
  if (path === undefined) return new Map();
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
