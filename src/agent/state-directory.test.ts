import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileStateDirectory, memoryStateDirectory, type StateDirectory } from './state-directory.ts';

let folder: string;
const made: Readonly<Record<string, () => StateDirectory>> = {
  files: () => fileStateDirectory(join(folder, 'state')),
  memory: () => memoryStateDirectory(),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(made))('a state directory of %s', (kind) => {
  test('keeps, replaces, lists and removes documents', async () => {
    const state = made[kind]?.() ?? memoryStateDirectory();
    expect(await state.load('agent')).toBeUndefined();
    expect(await state.list('tasks')).toEqual([]);
    await state.save('tasks/1', { at: 1 });
    await state.save('tasks/1', { at: 2 });
    await state.save('tasks/2', { at: 3 });
    expect(await state.load('tasks/1')).toEqual({ at: 2 });
    expect([...(await state.list('tasks'))].sort()).toEqual(['1', '2']);
    await state.remove('tasks/1');
    await state.remove('tasks/1');
    expect(await state.list('tasks')).toEqual(['2']);
  });
});

test('files are the owner’s alone, and half of a write is not seen', async () => {
  const state = fileStateDirectory(folder);
  await state.save('tasks/1', { at: 1 });
  expect(statSync(join(folder, 'tasks/1.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'tasks')).mode & 0o777).toBe(0o700);
  writeFileSync(join(folder, 'tasks/1.json.new'), '{"at"');
  expect(await state.load('tasks/1')).toEqual({ at: 1 });
  expect(await state.list('tasks')).toEqual(['1']);
  expect(readdirSync(folder)).toEqual(['tasks']);
});

test('[HARD-2] a document goes with the draft that a killed agent left of it', async () => {
  const state = fileStateDirectory(folder);
  await state.save('tasks/1', { at: 1 });
  writeFileSync(join(folder, 'tasks/1.json.new'), '{"at"');
  await state.remove('tasks/1');
  expect(readdirSync(join(folder, 'tasks'))).toEqual([]);
});
