import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { oidcKeys } from './oidc-keys.ts';
import { UsageError } from './usage-error.ts';

describe('the file of --oidc-keys', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'gantry-keys-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const read = (text: string) => {
    const path = join(directory, 'keys.json');
    writeFileSync(path, text);
    return oidcKeys(path, silentLog);
  };

  test('[PRG-11] holds the keys of each issuer by its URL', () => {
    const keys = [{ kty: 'EC' }];
    expect(read(JSON.stringify({ 'https://issuer.example/a': { keys } }))()).toEqual(
      new Map([['issuer.example/a', { keys }]]),
    );
    expect(oidcKeys(undefined, silentLog)().size).toBe(0);
  });

  test('[PRG-11] [STS-8] is read again when it has changed; a wrong one leaves the keys as they were', () => {
    const path = join(directory, 'keys.json');
    const keysOf = (kid: string) => ({ keys: [{ kty: 'EC', kid }] });
    const current = read(JSON.stringify({ 'https://a': keysOf('first') }));
    writeFileSync(path, JSON.stringify({ 'https://a': keysOf('the second') }));
    expect(current().get('a')).toEqual(keysOf('the second'));
    writeFileSync(path, 'nonsense');
    expect(current().get('a')).toEqual(keysOf('the second'));
    rmSync(path);
    expect(current().get('a')).toEqual(keysOf('the second'));
    writeFileSync(path, JSON.stringify({ 'https://b': keysOf('third') }));
    expect([...current().keys()]).toEqual(['b']);
  });

  test.each([
    '',
    '[]',
    '{"issuer.example": {"keys": []}}',
    '{"https://a": {}}',
    '{"https://a": {"keys": [1]}}',
  ])('of another form (%s) is refused with what it must hold', (text) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow('--oidc-keys:');
  });
});
