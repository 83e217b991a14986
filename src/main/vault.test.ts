import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newVaultKey } from '../platform/aes-vault.ts';
import { memoryStore } from '../store/memory-store.ts';
import { readSettings } from './settings.ts';
import { openVault } from './vault.ts';

describe('openVault', () => {
  let dataDir = '';
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'gantry-vault-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const settings = () => readSettings({ dataDir });
  const keyFile = () => join(dataDir, 'secrets.key');

  test('[SEC-14] the first start makes a key that its owner alone can read; the next one reads it', async () => {
    const store = await memoryStore();
    const sealed = (await openVault(settings(), store)).seal(Buffer.from('v'), 'c');
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
    const again = await openVault(settings(), store);
    expect(Buffer.from(again.open(sealed, 'c')).toString()).toBe('v');
  });

  test('[SEC-14] refuses to start without the key, and with another, and names the file', async () => {
    const store = await memoryStore();
    await openVault(settings(), store);
    const text = readFileSync(keyFile(), 'utf8');
    rmSync(keyFile());
    await expect(openVault(settings(), store)).rejects.toThrow(`${keyFile()} is missing`);
    for (const wrong of [newVaultKey().toString('base64'), 'nonsense']) {
      writeFileSync(keyFile(), wrong);
      await expect(openVault(settings(), store)).rejects.toThrow(`${keyFile()} does not hold the key`);
    }
    writeFileSync(keyFile(), text);
    await openVault(settings(), store);
  });
});
