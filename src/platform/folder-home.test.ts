import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf } from './folder-home.ts';

let root: string;
const at = (name: string): string => join(root, name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gantry-home-'));
  mkdirSync(at('a'));
  writeFileSync(join(at('a'), 'witness'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

test('[HARD-40] a folder that was moved is told from its copy', () => {
  const before = homeOf(at('a'), 'witness').name;
  cpSync(at('a'), at('b'), { recursive: true });
  expect(homeOf(at('b'), 'witness').name).not.toBe(before);
  expect(homeOf(at('b'), 'witness').wasMovedFrom(before)).toBe(false);
  renameSync(at('a'), at('c'));
  expect(homeOf(at('c'), 'witness').wasMovedFrom(before)).toBe(true);
  expect(homeOf(at('c'), 'witness').wasMovedFrom(before.replace(/\w+$/, 'elsewhere'))).toBe(false);
});
