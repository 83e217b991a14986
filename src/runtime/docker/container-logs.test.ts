import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogCursor } from '../driver.ts';
import { ContainerLogs } from './container-logs.ts';
import type { InspectedContainer } from './container-state.ts';

const NOBODY = 2 ** 30;

/** One record of the engine; all have the same length. */
const record = (word: string): string =>
  `${JSON.stringify({ log: `${word}\n`, stream: 'stdout', time: '2026-01-01T00:00:00Z' })}\n`;

describe('the output of a quiet container', () => {
  let folder: string;
  let path: string;
  let state: Partial<InspectedContainer['State']>;
  let logs: ContainerLogs;
  let cursor: LogCursor | undefined;
  /** When the process was started that has the container's number. */
  let startTicks: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-logs-'));
    path = join(folder, 'c-json.log');
    await writeFile(path, '');
    state = { Status: 'running', Running: true, Pid: process.pid };
    cursor = undefined;
    startTicks = '100';
    logs = new ContainerLogs(
      async () =>
        ({
          ...{ Id: 'c', Name: 'c', Created: '', Image: 'i', LogPath: path, State: state },
          ...{ Config: { Image: 'i' }, HostConfig: { NetworkMode: 'host' }, NetworkSettings: {} },
        }) as InspectedContainer,
      async (pid) => (pid === NOBODY ? undefined : startTicks),
    );
  });
  afterEach(() => rm(folder, { recursive: true }));

  const read = async (): Promise<readonly string[]> => {
    const chunk = await logs.read('c', cursor, 1_000_000);
    cursor = chunk.cursor;
    return chunk.lines.map(({ message }) => message);
  };

  test('[RUN-46] what it writes after a while is read, each line once', async () => {
    expect([await read(), await read()]).toEqual([[], []]);
    await appendFile(path, record('one'));
    expect([await read(), await read(), await read()]).toEqual([['one'], [], []]);
    await appendFile(path, record('two'));
    expect([await read(), await read()]).toEqual([['two'], []]);
  });

  test('[RUN-46] a new file of the same length is another one', async () => {
    await appendFile(path, record('one'));
    expect([await read(), await read(), await read()]).toEqual([['one'], [], []]);
    await rename(path, `${path}.1`);
    await writeFile(path, record('two'));
    expect(await read()).toEqual(['two']);
  });

  test('[RUN-46] that it has ended is noticed though it wrote nothing more', async () => {
    await read();
    await read();
    // The process that the driver knows is gone, and the engine says so too.
    logs.forget('c');
    state = { Status: 'running', Running: true, Pid: NOBODY };
    await read();
    state = { Status: 'exited', Running: false, Pid: 0 };
    expect(await logs.read('c', cursor, 1_000)).toMatchObject({ lines: [], isEnd: true });
  });

  test('[RUN-49] that it has ended unseen is noticed though another process has its number', async () => {
    await read();
    state = { Status: 'exited', Running: false, Pid: 0 };
    expect(await logs.read('c', cursor, 1_000)).toMatchObject({ isEnd: false });
    startTicks = '250';
    expect(await logs.read('c', cursor, 1_000)).toMatchObject({ lines: [], isEnd: true });
  });
});
