import { expect, test } from 'vitest';
import { transcriptKey } from './transcript-key.ts';

test.each([
  ['', 's.log'],
  ['logs', 'logs/s.log'],
  ['logs/', 'logs/s.log'],
  ['a//b/', 'a/b/s.log'],
])('[EXE-53] below the prefix "%s" the key is %s', (prefix, key) => {
  expect(transcriptKey(prefix, 's')).toBe(key);
});
