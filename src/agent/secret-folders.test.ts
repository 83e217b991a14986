import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secretFolders } from './secret-folders.ts';

describe('secretFolders', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gantry-secrets-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('[TSC-8] each file is bound read-only, in folders that only their owner can enter', async () => {
    const folders = secretFolders(root);
    const files = new Map([
      ['/run/secrets/a', 'one'],
      ['/b', 'two'],
    ]);
    const binds = await folders.write({ taskId: 't', name: 'app' }, files);
    expect(binds.map((bind) => bind.split(':').slice(1))).toEqual([
      ['/run/secrets/a', 'ro'],
      ['/b', 'ro'],
    ]);
    const paths = binds.map((bind) => bind.split(':')[0] ?? '');
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['one', 'two']);
    expect(paths.map((path) => statSync(path).mode & 0o777)).toEqual([0o444, 0o444]);
    expect(statSync(join(root, 't')).mode & 0o777).toBe(0o700);
    await folders.write({ taskId: 't', name: 'app' }, new Map([['/b', 'again']]));
    await folders.remove('t');
    expect(existsSync(join(root, 't'))).toBe(false);
  });

  test('[TSC-8] files of tasks that have ended meanwhile are removed', async () => {
    const folders = secretFolders(root);
    await folders.retain([]);
    for (const taskId of ['old', 'new']) await folders.write({ taskId, name: 'app' }, new Map([['/b', 'x']]));
    await folders.retain(['new']);
    expect([existsSync(join(root, 'old')), existsSync(join(root, 'new'))]).toEqual([false, true]);
  });

  test('[TSC-8] a user named by number owns the file alone', async () => {
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? '1234:5678' : `${process.getuid?.()}:${process.getgid?.()}`;
    const [bind = ''] = await secretFolders(root).write(
      { taskId: 't', name: 'app', user },
      new Map([['/b', 'x']]),
    );
    const found = statSync(bind.split(':')[0] ?? '');
    expect(`${found.uid}:${found.gid} ${(found.mode & 0o777).toString(8)}`).toBe(`${user} 400`);
  });

  test('[TSC-8] without a folder in memory files are refused, and no files need none', async () => {
    const folders = secretFolders(undefined);
    await expect(folders.write({ taskId: 't', name: 'a' }, new Map([['/b', 'x']]))).rejects.toThrow(
      'in memory',
    );
    expect(await folders.write({ taskId: 't', name: 'a' }, new Map())).toEqual([]);
    await folders.remove('t');
  });
});
