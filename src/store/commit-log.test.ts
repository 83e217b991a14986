import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import type { CommitLog, LogBatch, LogRow } from './commit-log.ts';
import { memoryLog } from './memory-log.ts';
import { openSqliteLog } from './sqlite-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'gantry-log-'));
afterAll(() => rmSync(directory, { recursive: true }));
let fileCount = 0;
const freshPath = (): string => {
  fileCount += 1;
  return join(directory, `${fileCount}`, 'state.sqlite');
};

const aRow = (key: string, revision: number, body?: unknown): LogRow =>
  body === undefined
    ? { collection: 'things', key, revision }
    : { collection: 'things', key, revision, body };

/** A batch of one transaction per row. */
const aBatch = (epoch: number, baseRevision: number, rows: readonly LogRow[]): LogBatch => ({
  epoch,
  baseRevision,
  revision: baseRevision + rows.length,
  rows,
});

async function acquired(log: CommitLog, ifEpoch?: number): Promise<{ epoch: number; revision: number }> {
  const acquisition = await log.acquire(ifEpoch);
  if (acquisition.kind === 'lost') throw new Error('expected to acquire');
  return acquisition;
}

async function loaded(log: CommitLog): Promise<{ revision: number; rows: readonly LogRow[] }> {
  const rows: LogRow[] = [];
  const revision = await log.load((row) => rows.push(row));
  return { revision, rows: rows.sort((one, other) => (one.key < other.key ? -1 : 1)) };
}

/** What every log promises. */
function describeLog(name: string, make: () => Promise<CommitLog>): void {
  describe(`CommitLog: ${name}`, () => {
    test('a new log is empty and its first holder starts at revision 0', async () => {
      const log = await make();
      expect((await acquired(log)).revision).toBe(0);
      expect(await loaded(log)).toEqual({ revision: 0, rows: [] });
      await log.close();
    });

    test('hands over every live row once, however many there are', async () => {
      const log = await make();
      const { epoch } = await acquired(log);
      const rows = Array.from({ length: 2_500 }, (_, index) => aRow(`key ${index}`, index + 1, { index }));
      await log.commit(aBatch(epoch, 0, [...rows, aRow('key 7', 2_501), aRow('', 2_502, {})]));
      const { revision, rows: found } = await loaded(log);
      expect(revision).toBe(2_502);
      expect(found.map(({ key }) => key)).toEqual(
        ['', ...rows.map(({ key }) => key)].filter((key) => key !== 'key 7').sort(),
      );
      await log.close();
    });

    test('[STO-9] keeps the last value of each object', async () => {
      const log = await make();
      const { epoch } = await acquired(log);
      expect(await log.commit(aBatch(epoch, 0, [aRow('a', 1, { n: 1 }), aRow('b', 2, { n: 2 })]))).toEqual({
        kind: 'durable',
      });
      expect(await log.commit(aBatch(epoch, 2, [aRow('a', 3, { n: 3, text: 'ä\u0000"' })]))).toEqual({
        kind: 'durable',
      });
      expect(await loaded(log)).toEqual({
        revision: 3,
        rows: [aRow('a', 3, { n: 3, text: 'ä\u0000"' }), aRow('b', 2, { n: 2 })],
      });
      await log.close();
    });

    test('[STO-10] a deleted object is not loaded, and may come back', async () => {
      const log = await make();
      const { epoch } = await acquired(log);
      await log.commit(aBatch(epoch, 0, [aRow('a', 1, 1), aRow('b', 2, 2)]));
      await log.commit(aBatch(epoch, 2, [aRow('a', 3), aRow('b', 4)]));
      await log.commit(aBatch(epoch, 4, [aRow('b', 5, 'again')]));
      expect(await loaded(log)).toEqual({ revision: 5, rows: [aRow('b', 5, 'again')] });
      expect(await loaded(log)).toEqual({ revision: 5, rows: [aRow('b', 5, 'again')] });
      await log.close();
    });

    test('[STO-7] a later holder fences an earlier one, and nothing of its batch is written', async () => {
      const log = await make();
      const first = await acquired(log);
      await log.commit(aBatch(first.epoch, 0, [aRow('a', 1, 1)]));
      const second = await acquired(log);
      expect(second).toMatchObject({ revision: 1 });
      expect(await log.commit(aBatch(first.epoch, 1, [aRow('a', 2, 'lost')]))).toEqual({ kind: 'fenced' });
      expect(await log.commit(aBatch(second.epoch, 1, [aRow('b', 2, 2)]))).toEqual({ kind: 'durable' });
      expect((await loaded(log)).rows).toEqual([aRow('a', 1, 1), aRow('b', 2, 2)]);
      await log.close();
    });

    test('[STO-7] a batch on another base revision is fenced', async () => {
      const log = await make();
      const { epoch } = await acquired(log);
      await log.commit(aBatch(epoch, 0, [aRow('a', 1, 1)]));
      expect(await log.commit(aBatch(epoch, 0, [aRow('a', 1, 2)]))).toEqual({ kind: 'fenced' });
      await log.close();
    });

    test('[STO-8] acquiring with an epoch works only while it holds', async () => {
      const log = await make();
      const first = await acquired(log);
      const again = await acquired(log, first.epoch);
      expect(again.epoch).toBeGreaterThan(first.epoch);
      expect(await log.acquire(first.epoch)).toEqual({ kind: 'lost' });
      expect(await log.commit(aBatch(again.epoch, 0, [aRow('a', 1, 1)]))).toEqual({ kind: 'durable' });
      await log.close();
    });

    test('followers get what they missed and what comes, tombstones included, until they stop', async () => {
      const log = await make();
      const { epoch } = await acquired(log);
      await log.commit(aBatch(epoch, 0, [aRow('a', 1, 1), aRow('b', 2, 2)]));
      const seen: LogRow[] = [];
      const enough = Promise.withResolvers<void>();
      const stop = log.follow(1, (rows) => {
        seen.push(...rows);
        if (seen.some(({ key }) => key === 'end')) enough.resolve();
      });
      await log.commit(aBatch(epoch, 2, [aRow('a', 3)]));
      await log.commit(aBatch(epoch, 3, [aRow('end', 4, true)]));
      await enough.promise;
      stop();
      await log.commit(aBatch(epoch, 4, [aRow('after', 5, true)]));
      expect(seen).toEqual([aRow('b', 2, 2), aRow('a', 3), aRow('end', 4, true)]);
      await log.close();
    });
  });
}

describeLog('memory', () => Promise.resolve(memoryLog()));
describeLog('SQLite', () => openSqliteLog(freshPath()));

describe('openSqliteLog', () => {
  test('[STO-9] what was committed is there after closing and opening', async () => {
    const path = freshPath();
    const log = await openSqliteLog(path);
    const { epoch } = await acquired(log);
    await log.commit(aBatch(epoch, 0, [aRow('a', 1, { n: 1 }), aRow('b', 2, 2)]));
    await log.commit(aBatch(epoch, 2, [aRow('b', 3)]));
    await log.close();
    const again = await openSqliteLog(path);
    expect((await acquired(again)).epoch).toBeGreaterThan(epoch);
    expect(await loaded(again)).toEqual({ revision: 3, rows: [aRow('a', 1, { n: 1 })] });
    await again.close();
  });

  test('a file of the first form is taken over as it is', async () => {
    const path = freshPath();
    mkdirSync(dirname(path), { recursive: true });
    const old = new DatabaseSync(path);
    old.exec(`
      create table objects (
        collection text not null, key text not null, revision integer not null, body text,
        primary key (collection, key)
      ) without rowid;
      create table shard (id integer primary key check (id = 0), epoch integer not null, revision integer not null);
      insert into shard values (0, 4, 9);
      insert into objects values ('things', 'a', 8, '{"n":1}'), ('things', 'b', 9, null);
    `);
    old.close();
    const log = await openSqliteLog(path);
    const { epoch } = await acquired(log);
    expect(await loaded(log)).toEqual({ revision: 9, rows: [aRow('a', 8, { n: 1 })] });
    expect(await log.commit(aBatch(epoch, 9, [aRow('a', 10, 2)]))).toEqual({ kind: 'durable' });
    expect(await loaded(log)).toEqual({ revision: 10, rows: [aRow('a', 10, 2)] });
    await log.close();
  });

  test('[STO-11] only the owner may read the files and the directory', async () => {
    const path = freshPath();
    const log = await openSqliteLog(path);
    const { epoch } = await acquired(log);
    await log.commit(aBatch(epoch, 0, [aRow('a', 1, 1)]));
    const modes = [path, `${path}-wal`, join(path, '..')].map((file) => statSync(file).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o700]);
    await log.close();
  });

  test('a path that cannot be opened is an error, not a crash', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    await expect(openSqliteLog(join(file, 'state.sqlite'))).rejects.toThrow(file);
  });
});
