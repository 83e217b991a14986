import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ensureBirth } from './birth.ts';
import { dataFiles } from './data-dir.ts';
import { readSettings } from './settings.ts';
import { UsageError } from './usage-error.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'gantry-birth-'));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('[PRG-1] the first start fixes account, region and VPC range, and others are refused later', () => {
  const settings = (raw: { readonly account?: string; readonly region?: string } = {}) =>
    readSettings({ dataDir, account: '111122223333', region: 'eu-west-1', ...raw });
  const first = ensureBirth(settings());
  expect(first).toMatchObject({ accountId: '111122223333', region: 'eu-west-1' });
  expect(first.vpcCidr).toMatch(/^[\d.]+\/16$/);
  // Whatever networks this machine has by then.
  expect(ensureBirth(settings())).toEqual(first);
  for (const [raw, then] of [
    [{ account: '444455556666' }, '--account 111122223333'],
    [{ region: 'eu-west-2' }, '--region eu-west-1'],
  ] as const) {
    expect(() => ensureBirth(settings(raw))).toThrow(UsageError);
    expect(() => ensureBirth(settings(raw))).toThrow(`Start with ${then}, or choose another --data-dir.`);
  }
  expect(ensureBirth(settings())).toEqual(first);
});

test('[PRG-2] what is written there is readable by its owner alone', () => {
  const own = mkdtempSync(join(tmpdir(), 'gantry-birth-'));
  ensureBirth(readSettings({ dataDir: own }));
  expect(statSync(dataFiles(own).birth).mode & 0o777).toBe(0o600);
  rmSync(own, { recursive: true });
});
