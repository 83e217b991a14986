import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { ownKey } from './own-key.ts';

let folder: string;
let file: string;
const said: string[] = [];
const listeners = { log: silentLog, say: (sentence: string) => said.push(sentence) };
const write = (accessKeyId: string, secretAccessKey: string): void =>
  writeFileSync(file, JSON.stringify({ accessKeyId, secretAccessKey }));

describe('ownKey', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-key-'));
    file = join(folder, 'key.json');
    said.length = 0;
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('[HARD-45] a refused key is read again from its file', () => {
    write('AKIAOLD', 'old');
    const key = ownKey(file, listeners);
    write('AKIANEW', 'new');
    expect(key.accessKeyId).toBe('AKIAOLD');
    expect(key.refused?.('UnrecognizedClientException: no')).toBe(true);
    expect([key.accessKeyId, key.secretAccessKey]).toEqual(['AKIANEW', 'new']);
    expect(said).toEqual([]);
  });

  test('[HARD-45] while the file has no other key it is said once what to do', () => {
    write('AKIAOLD', 'old');
    const key = ownKey(file, listeners);
    expect(key.refused?.('ExpiredTokenException: over')).toBe(false);
    rmSync(file);
    expect(key.refused?.('ExpiredTokenException: over')).toBe(false);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(file);
    expect(said[0]).toContain('ExpiredTokenException: over');
    expect(said[0]).not.toContain('old');
  });

  test('a file without a key is refused', () => {
    writeFileSync(file, '{}');
    expect(() => ownKey(file, listeners)).toThrow(`${file} holds no accessKeyId`);
  });
});
