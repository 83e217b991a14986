import { chmodSync, existsSync, readFileSync } from 'node:fs';
import type { Vault } from '../lib/vault.ts';
import { aesVault, newVaultKey, readVaultKey, vaultKeyId } from '../platform/aes-vault.ts';
import { noteSealingKey, sealingKeyId } from '../records/vault-key.ts';
import type { Store } from '../store/store.ts';
import { dataFiles, writePrivate } from './data-dir.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

/**
 * Opens the vault with the key file of the data directory, which the first start makes. Refuses to start without the key
 * that has sealed what is stored, because nothing could be read and new values would be sealed with another. (SEC-14)
 */
export async function openVault({ storage, dataDir }: Settings, store: Store): Promise<Vault> {
  if (storage === 'memory') return aesVault(newVaultKey());
  const path = dataFiles(dataDir).vaultKey;
  const wanted = store.read(sealingKeyId);
  if (!existsSync(path)) {
    if (wanted !== undefined) throw missing(path);
    writePrivate(path, `${newVaultKey().toString('base64')}\n`);
  }
  chmodSync(path, 0o600);
  const key = readVaultKey(readFileSync(path, 'utf8'));
  const keyId = key === undefined ? undefined : vaultKeyId(key);
  if (key === undefined || keyId === undefined || (wanted !== undefined && wanted !== keyId))
    throw unfit(path);
  if (wanted === undefined) await store.write((tx) => noteSealingKey(tx, keyId));
  return aesVault(key);
}

const HINT =
  'Put back the file that belongs to this data directory, or begin anew with gantry reset, which deletes all state.';

const missing = (path: string): UsageError =>
  new UsageError(`${path} is missing: the stored secrets and parameters cannot be read without it. ${HINT}`);

const unfit = (path: string): UsageError =>
  new UsageError(`${path} does not hold the key that sealed the stored secrets and parameters. ${HINT}`);
