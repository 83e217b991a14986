import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOidcKeys } from './oidc-keys.ts';
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
    return readOidcKeys(path);
  };

  test('holds the keys of each issuer by its URL', () => {
    const keys = [{ kty: 'EC' }];
    expect(read(JSON.stringify({ 'https://issuer.example/a': { keys } }))).toEqual(
      new Map([['issuer.example/a', { keys }]]),
    );
    expect(readOidcKeys(undefined).size).toBe(0);
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
