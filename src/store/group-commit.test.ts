import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Acquisition, CommitLog, CommitOutcome, LogBatch, LogRow } from './commit-log.ts';
import { openStore } from './create-store.ts';
import { memoryLog } from './memory-log.ts';
import type { Collection, ReadTx, Store } from './store.ts';

interface Row {
  readonly id: string;
}
const rows: Collection<Row> = { name: 'rows', key: (row) => row.id, indexes: {} };
const others: Collection<Row> = { ...rows, name: 'others' };
const put = (store: Store, id: string): Promise<void> => store.write((tx) => tx.put(rows, { id }));
const keys = (store: Store): readonly string[] => store.read((tx) => tx.all(rows).map(({ id }) => id));

/** A memory log whose answers a script may replace. An `Error` is thrown: an outcome nobody knows. */
class ScriptedLog implements CommitLog {
  readonly batches: LogBatch[] = [];
  readonly script: ((commit: () => CommitOutcome) => CommitOutcome | Error)[] = [];
  readonly #inner = memoryLog();
  isClosed = false;

  load(onRow: (row: LogRow) => void): Promise<number> {
    return this.#inner.load(onRow);
  }

  async commit(batch: LogBatch): Promise<CommitOutcome> {
    this.batches.push(batch);
    const commit = (): CommitOutcome => this.#inner.commit(batch) as CommitOutcome;
    const outcome = (this.script.shift() ?? ((inner) => inner()))(commit);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  follow(): () => void {
    return () => {};
  }

  acquire(ifEpoch?: number): Promise<Acquisition> {
    return this.#inner.acquire(ifEpoch);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

interface Grouped extends Row {
  readonly group: string;
}
const grouped: Collection<Grouped, 'group'> = {
  name: 'grouped',
  key: (row) => row.id,
  indexes: { group: (row) => row.group },
};

const refusedIf =
  (isRefused: boolean) =>
  (commit: () => CommitOutcome): CommitOutcome =>
    isRefused ? { kind: 'refused', reason: 'disk full' } : commit();

const tick = (): Promise<void> => Promise.resolve();

describe('group commit', () => {
  test('[STO-6] writes that come while the log works share the next batch, up to the cap', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log, limits: { batchMaxCount: 3 } });
    const first = put(store, 'a');
    await tick();
    await Promise.all([first, put(store, 'b'), put(store, 'c'), put(store, 'd'), put(store, 'e')]);
    expect(
      log.batches.map(({ revision, rows: inBatch }) => [revision, inBatch.map(({ key }) => key)]),
    ).toEqual([
      [1, ['a']],
      [4, ['b', 'c', 'd']],
      [5, ['e']],
    ]);
  });

  test('[STO-6] a batch ends before the change that would be one too many, and a larger write goes alone', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log, limits: { changesMaxCount: 3 } });
    const putAll = (...ids: readonly string[]): Promise<void> =>
      store.write((tx) => {
        for (const id of ids) tx.put(rows, { id });
      });
    await Promise.all([putAll('a', 'b'), putAll('c'), putAll('d'), putAll('e', 'f', 'g', 'h'), putAll('i')]);
    expect(log.batches.map(({ rows: inBatch }) => inBatch.map(({ key }) => key).join(''))).toEqual([
      'abc',
      'd',
      'efgh',
      'i',
    ]);
  });

  test('[STO-6] a batch has the last value of each object, at the revision of its last change', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log });
    await Promise.all([put(store, 'a'), put(store, 'b'), store.write((tx) => tx.delete(rows, 'a'))]);
    expect(log.batches[0]?.rows).toEqual([
      { collection: 'rows', key: 'b', revision: 2, body: { id: 'b' } },
      { collection: 'rows', key: 'a', revision: 3 },
    ]);
  });

  test('[STO-6] whatever the writes, a batch is their last values in the order of their writing', async () => {
    const anyWrite = fc.array(
      fc.record({
        collection: fc.constantFrom(rows, others),
        id: fc.constantFrom('a', 'b', 'c'),
        isDeleted: fc.boolean(),
      }),
      { maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyWrite, { maxLength: 8 }), async (script) => {
        const log = new ScriptedLog();
        const store = await openStore({ log });
        const all: LogRow[] = [];
        let last = 0;
        store.watch(({ revision, changes }) => {
          last = revision;
          for (const { collection, key, after } of changes)
            all.push({ collection, key, revision, body: after });
        });
        await Promise.all(
          script.map((steps) =>
            store.write((tx) => {
              for (const { collection, id, isDeleted } of steps)
                isDeleted ? tx.delete(collection, id) : tx.put(collection, { id });
            }),
          ),
        );
        const isLast = (row: LogRow, at: number): boolean =>
          !all.slice(at + 1).some(({ collection, key }) => collection === row.collection && key === row.key);
        expect(log.batches.flatMap((batch) => batch.rows)).toEqual(all.filter(isLast));
        expect(log.batches.map(({ baseRevision, revision }) => [baseRevision, revision])).toEqual(
          last === 0 ? [] : [[0, last]],
        );
      }),
    );
  });

  test('[STO-12] too many waiting writes are refused with Rate exceeded, and later ones are accepted', async () => {
    const store = await openStore({ log: new ScriptedLog(), limits: { waitingMaxCount: 2 } });
    const accepted = [put(store, 'a'), put(store, 'b')];
    await expect(put(store, 'c')).rejects.toMatchObject({
      code: 'ThrottlingException',
      message: 'Rate exceeded',
    });
    await Promise.all(accepted);
    await put(store, 'd');
    expect(keys(store)).toEqual(['a', 'b', 'd']);
  });

  test('[STO-8] an unknown outcome that had landed is acknowledged, once', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log });
    log.script.push((commit) => {
      commit();
      return new Error('connection lost');
    });
    await put(store, 'a');
    await put(store, 'b');
    expect(log.batches.length).toBe(2);
    expect(keys(store)).toEqual(['a', 'b']);
  });

  test('[STO-8] an unknown outcome that had not landed is written again under a new epoch', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log });
    log.script.push(() => new Error('connection lost'));
    await put(store, 'a');
    const [lost, again] = log.batches;
    expect(again?.epoch).toBeGreaterThan(lost?.epoch ?? 0);
    expect(keys(store)).toEqual(['a']);
  });

  test('[HARD-35] a refused batch takes back all that wait, and the store goes on', async () => {
    const log = new ScriptedLog();
    const told: (string | undefined)[] = [];
    const store = await openStore({ log, onRefusal: (reason) => told.push(reason) });
    await put(store, 'a');
    for (let count = 0; count < 2; count += 1) {
      log.script.push(() => ({ kind: 'refused', reason: 'disk full' }));
      const waiting = [put(store, 'b')];
      await tick();
      waiting.push(
        store.write((tx) => tx.delete(rows, 'b')),
        put(store, 'b'),
        put(store, 'c'),
      );
      for (const result of await Promise.allSettled(waiting))
        expect(result).toMatchObject({
          status: 'rejected',
          reason: {
            code: 'ServerException',
            fault: 'server',
            message: 'The state cannot be written: disk full',
          },
        });
      expect(keys(store)).toEqual(['a']);
      expect(await store.write((tx) => tx.all(rows))).toEqual([{ id: 'a' }]);
    }
    expect(told).toEqual(['disk full']);
    await put(store, 'd');
    expect(keys(store)).toEqual(['a', 'd']);
    expect(told).toEqual(['disk full', undefined]);
    expect(log.batches.at(-1)).toMatchObject({ baseRevision: 1, revision: 2 });
  });

  test('[HARD-35] what is acknowledged is there and what is refused is not, whatever is refused when', async () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      group: fc.constantFrom('x', 'y'),
      isDeletion: fc.boolean(),
      isRefused: fc.boolean(),
      waits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const log = new ScriptedLog();
        log.script.push(...steps.map(({ isRefused }) => refusedIf(isRefused)));
        const store = await openStore({ log, limits: { batchMaxCount: 2 } });
        const model = new Map<string, Grouped>();
        const writes: Promise<void>[] = [];
        for (const { id, group, isDeletion, waits } of steps) {
          const write = store.write((tx) =>
            isDeletion ? tx.delete(grouped, id) : tx.put(grouped, { id, group }),
          );
          writes.push(
            write.then(
              () => void (isDeletion ? model.delete(id) : model.set(id, { id, group })),
              () => {},
            ),
          );
          if (waits) await write.catch(() => {});
        }
        await Promise.all(writes);
        const wanted = [...model.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
        const seen = (tx: ReadTx) => ({
          all: tx.all(grouped),
          counts: ['x', 'y'].map((group) => tx.count(grouped, 'group', group)),
          found: ['x', 'y'].map((group) => tx.find(grouped, 'group', group)),
        });
        const found = ['x', 'y'].map((group) => wanted.filter((row) => row.group === group));
        const expected = { all: wanted, counts: found.map(({ length }) => length), found };
        expect(store.read(seen)).toEqual(expected);
        expect(await store.write(seen)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('[STO-7] a fenced batch rejects all that wait, and the store stops', async () => {
    const outcome = { kind: 'fenced' } as const;
    const message = 'another process took over the log';
    const log = new ScriptedLog();
    const failures: string[] = [];
    const store = await openStore({ log, onFailure: (error) => failures.push(error.message) });
    await put(store, 'a');
    log.script.push(() => outcome);
    const waiting = [put(store, 'b')];
    await tick();
    waiting.push(put(store, 'c'));
    const results = await Promise.allSettled(waiting);
    for (const result of results)
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { message: `the store stopped: ${message}` },
      });
    await expect(put(store, 'd')).rejects.toThrow('the store stopped');
    expect(failures).toEqual([`the store stopped: ${message}`]);
    expect(keys(store)).toEqual(['a']);
  });

  test('[STO-8] an outcome that stays unknown stops the store', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log });
    for (let attempt = 0; attempt < 10; attempt += 1) log.script.push(() => new Error('gone'));
    await expect(put(store, 'a')).rejects.toThrow('the outcome of a commit is unknown: gone');
  });

  test('a write that changes nothing waits for what it saw', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log });
    log.script.push(() => ({ kind: 'refused', reason: 'disk full' }));
    const failed = put(store, 'a');
    const saw = store.write((tx) => tx.get(rows, 'a'));
    await expect(failed).rejects.toThrow('disk full');
    await expect(saw).rejects.toThrow('disk full');
  });

  test('closing waits for accepted writes, then releases the log and refuses more', async () => {
    const log = new ScriptedLog();
    const store = await openStore({ log });
    const write = put(store, 'a');
    await store.close();
    await write;
    expect(log.isClosed).toBe(true);
    await expect(put(store, 'b')).rejects.toThrow('closed');
  });
});
