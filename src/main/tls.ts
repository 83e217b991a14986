import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { Instant } from '../lib/clock.ts';
import { makeCertificate, serves } from '../platform/server-certificate.ts';
import type { ServerIdentity } from '../wire/http-server.ts';
import { dataFiles, writePrivate } from './data-dir.ts';
import type { Settings, TlsSettings } from './settings.ts';
import { UsageError } from './usage-error.ts';

/**
 * The certificate that is shown: the user's, else one of our own that is kept in the data directory, and made anew when it
 * ends soon or lacks a name. Throws `UsageError` for files that do not serve. (PRG-12, PRG-13)
 */
export function serverIdentity(tls: TlsSettings, settings: Settings, now: Instant): ServerIdentity {
  if (tls.files !== undefined) return checked(tls.files);
  const { tlsCert, tlsKey } = dataFiles(settings.dataDir);
  const wish = { names: namesOf(tls), port: tls.port, now };
  if (existsSync(tlsCert) && existsSync(tlsKey)) {
    const pair = { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') };
    if (serves(pair.cert, wish)) return pair;
  }
  const pair = makeCertificate(wish);
  writePrivate(tlsKey, pair.key);
  writePrivate(tlsCert, pair.cert);
  return pair;
}

/** The given names, this machine's name and addresses, and those by which it knows itself. */
function namesOf({ host, names }: TlsSettings): readonly string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('fe80:'));
  const all = [...names, host, hostname(), 'localhost', '127.0.0.1', ...addresses];
  return [...new Set(all)].filter((name) => name !== '0.0.0.0' && name !== '::').sort();
}

function checked(files: { readonly cert: string; readonly key: string }): ServerIdentity {
  const cert = pem('--tls-cert', files.cert);
  const key = pem('--tls-key', files.key);
  let isPair = false;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new UsageError(`--tls-cert and --tls-key take PEM files: ${(cause as Error).message}`, { cause });
  }
  if (!isPair)
    throw new UsageError(`The key in ${files.key} is not that of the certificate in ${files.cert}.`);
  return { cert, key };
}

function pem(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${option}: ${path} cannot be read.`, { cause });
  }
}
