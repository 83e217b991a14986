import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openStore } from './create-store.ts';
import { memberIndex } from './member-index.ts';
import { memoryLog } from './memory-log.ts';
import { memoryStore } from './memory-store.ts';
import type { Collection, Commit, ReadTx, Store, WriteTx } from './store.ts';

interface Item {
  readonly id: string;
  readonly group?: string | undefined;
  readonly tags: readonly string[];
}

const items: Collection<Item, 'group' | 'tag'> = {
  name: 'items',
  key: (item) => item.id,
  indexes: { group: (item) => item.group, tag: memberIndex(['tags'], (item) => item.tags) },
  kept: ['tag'],
};

const anItem = (id: string, group?: string, tags: readonly string[] = []): Item => ({ id, group, tags });

type Step = { kind: 'put'; item: Item } | { kind: 'delete'; id: string };

/** Lists that rows have in common, as those have that are made of one another. */
const SHARED_TAGS: readonly (readonly string[])[] = [[], ['p'], ['q', 'p']];

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    item: fc.record({
      id: ids,
      group: fc.constantFrom('x', 'y', undefined),
      tags: fc.oneof(
        fc.constantFrom(...SHARED_TAGS),
        fc.array(fc.constantFrom('p', 'q', 'r'), { maxLength: 4 }),
      ),
    }),
  }),
  fc.record({ kind: fc.constant('delete' as const), id: ids }),
);
/** A transaction: its steps, and whether it ends with a throw. */
interface Transaction {
  readonly steps: readonly Step[];
  readonly throws: boolean;
}

const anyTransaction: fc.Arbitrary<Transaction> = fc.record({
  steps: fc.array(anyStep, { maxLength: 6 }),
  throws: fc.boolean(),
});

const perform = (tx: WriteTx, steps: readonly Step[]): void => {
  for (const step of steps) step.kind === 'put' ? tx.put(items, step.item) : tx.delete(items, step.id);
};

const modelAfter = (model: ReadonlyMap<string, Item>, steps: readonly Step[]): Map<string, Item> => {
  const next = new Map(model);
  for (const step of steps) step.kind === 'put' ? next.set(step.item.id, step.item) : next.delete(step.id);
  return next;
};

/** Every reading of a state, by the store and by brute force over the model, must be the same. */
const expectSame = (tx: ReadTx, model: ReadonlyMap<string, Item>): void => {
  const all = [...model.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  expect(tx.all(items)).toEqual(all);
  expect(tx.all(items, { after: 'c', limit: 2 })).toEqual(all.filter(({ id }) => id > 'c').slice(0, 2));
  for (const group of ['x', 'y']) {
    const rows = all.filter((item) => item.group === group);
    expect(tx.find(items, 'group', group)).toEqual(rows);
    expect(tx.find(items, 'group', group, { after: 'b', limit: 2 })).toEqual(
      rows.filter(({ id }) => id > 'b').slice(0, 2),
    );
    expect(tx.count(items, 'group', group)).toBe(rows.length);
  }
  for (const tag of ['p', 'q', 'r']) {
    const rows = all.filter((item) => item.tags.includes(tag));
    expect(tx.find(items, 'tag', tag)).toEqual(rows);
    expect(tx.count(items, 'tag', tag)).toBe(rows.length);
  }
  for (const id of ['a', 'h']) expect(tx.get(items, id)).toEqual(model.get(id));
};

/** A transaction, and whether the script waits for all that is under way after it. */
const anyTurn = fc.record({ transaction: anyTransaction, waits: fc.boolean() });

const isTakenBack = (error: Error): boolean => error.message === 'taken back';

async function followsTheModel(
  script: readonly { transaction: Transaction; waits: boolean }[],
): Promise<void> {
  const store = await memoryStore();
  let head: ReadonlyMap<string, Item> = new Map();
  let durable: ReadonlyMap<string, Item> = new Map();
  const outcomes: Promise<boolean>[] = [];
  const expected: boolean[] = [];
  for (const { transaction, waits } of script) {
    const before = head;
    const after = modelAfter(before, transaction.steps);
    const write = store.write((tx) => {
      expectSame(tx, before);
      perform(tx, transaction.steps);
      expectSame(tx, after);
      if (transaction.throws) throw new Error('taken back');
    });
    if (!transaction.throws) head = after;
    store.read((tx) => expectSame(tx, durable));
    outcomes.push(write.then(() => false, isTakenBack));
    expected.push(transaction.throws);
    if (!waits) continue;
    expect(await Promise.all(outcomes)).toEqual(expected);
    durable = head;
    store.read((tx) => expectSame(tx, durable));
  }
  expect(await Promise.all(outcomes)).toEqual(expected);
}

describe('openStore', () => {
  test('[STO-1] reads what a write left, when the write resolves', async () => {
    const store = await memoryStore();
    await store.write((tx) => tx.put(items, anItem('a', 'x')));
    expect(store.read((tx) => tx.get(items, 'a'))).toEqual(anItem('a', 'x'));
  });

  test('[STO-2] a read sees no write that is not durable; a later write does', async () => {
    const store = await memoryStore();
    const first = store.write((tx) => tx.put(items, anItem('a', 'x')));
    expect(store.read((tx) => tx.count(items, 'group', 'x'))).toBe(0);
    const seen = store.write((tx) => tx.get(items, 'a'));
    expect(await seen).toEqual(anItem('a', 'x'));
    await first;
    expect(store.read((tx) => tx.count(items, 'group', 'x'))).toBe(1);
  });

  test('[STO-1][STO-2][STO-3] both states always equal a brute-force model, whatever the transactions', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyTurn, { maxLength: 12 }), followsTheModel), {
      numRuns: 150,
    });
  });

  test('[STO-2] a write that takes itself back hides nothing of a write under way', async () => {
    const store = await memoryStore();
    await store.write((tx) => tx.put(items, anItem('f', 'x')));
    const deleted = store.write((tx) => tx.delete(items, 'f'));
    const nothing = store.write((tx) => {
      tx.put(items, anItem('f', 'x'));
      tx.delete(items, 'f');
    });
    expect(store.read((tx) => tx.all(items))).toEqual([anItem('f', 'x')]);
    await Promise.all([deleted, nothing]);
    expect(store.read((tx) => tx.all(items))).toEqual([]);
  });

  test('[STO-3] a work that throws leaves nothing and its error reaches the caller', async () => {
    const store = await memoryStore();
    await store.write((tx) => tx.put(items, anItem('a', 'x')));
    const failed = store.write((tx) => {
      tx.put(items, anItem('a', 'y'));
      tx.delete(items, 'a');
      tx.put(items, anItem('b'));
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await store.write((tx) => expect(tx.all(items)).toEqual([anItem('a', 'x')]));
  });

  test('a listing that a transaction was given stays as it was, whatever it writes', async () => {
    const store = await memoryStore();
    await store.write((tx) => tx.put(items, anItem('a', 'x', ['p'])));
    await store.write((tx) => {
      const [one, same] = [tx.find(items, 'tag', 'p'), tx.find(items, 'tag', 'p')];
      tx.put(items, anItem('b', 'x', ['p']));
      const two = tx.find(items, 'tag', 'p');
      tx.delete(items, 'a');
      tx.put(items, anItem('b', 'y', ['p']));
      expect([one, same].map((rows) => rows.map(({ id }) => id))).toEqual([['a'], ['a']]);
      expect(two).toEqual([anItem('a', 'x', ['p']), anItem('b', 'x', ['p'])]);
      expect(tx.find(items, 'tag', 'p')).toEqual([anItem('b', 'y', ['p'])]);
    });
  });

  test('[STO-3] an asynchronous work is refused and leaves nothing', async () => {
    const store = await memoryStore();
    const work = ((tx: WriteTx) => Promise.resolve(tx.put(items, anItem('a')))) as unknown as (
      tx: WriteTx,
    ) => void;
    await expect(store.write(work)).rejects.toThrow('synchronous');
    expect(store.read((tx) => tx.all(items))).toEqual([]);
  });

  test('a transaction cannot be used after its work, nor start another one', async () => {
    const store = await memoryStore();
    let kept: WriteTx | undefined;
    let inner: Promise<unknown> | undefined;
    await store.write((tx) => {
      kept = tx;
      inner = store.write(() => 1);
      void inner.catch(() => undefined);
    });
    await expect(inner).rejects.toThrow('does not start another one');
    expect(() => kept?.put(items, anItem('a'))).toThrow('only inside its work');
    expect(() => kept?.get(items, 'a')).toThrow('only inside its work');
  });

  test('[STO-4] watchers hear every commit once, in order, with the state of exactly that revision', async () => {
    const store = await memoryStore();
    const heard: Commit[] = [];
    const states: number[] = [];
    store.watch((commit) => {
      heard.push(commit);
      states.push(store.read((tx) => tx.all(items).length));
    });
    await Promise.all([
      store.write((tx) => tx.put(items, anItem('a'))),
      store.write(() => 'changes nothing'),
      store.write((tx) => tx.put(items, anItem('b'))),
      store.write((tx) => tx.delete(items, 'a')),
    ]);
    expect(heard).toEqual([
      { revision: 1, changes: [{ collection: 'items', key: 'a', after: anItem('a') }] },
      { revision: 2, changes: [{ collection: 'items', key: 'b', after: anItem('b') }] },
      { revision: 3, changes: [{ collection: 'items', key: 'a', before: anItem('a') }] },
    ]);
    expect(states).toEqual([1, 2, 1]);
  });

  test('[STO-4] a watcher may write; those commits follow in order; a stopped watcher hears nothing', async () => {
    const store = await memoryStore();
    const revisions: number[] = [];
    let again: Promise<unknown> | undefined;
    const stop = store.watch(({ revision }) => {
      revisions.push(revision);
      if (revision === 1) again = store.write((tx) => tx.put(items, anItem('b')));
    });
    await Promise.all([
      store.write((tx) => tx.put(items, anItem('a'))),
      store.write((tx) => tx.put(items, anItem('c'))),
    ]);
    await again;
    stop();
    await store.write((tx) => tx.delete(items, 'a'));
    expect(revisions).toEqual([1, 2, 3]);
  });

  test('[STO-5] a row put and deleted in one transaction is no change', async () => {
    const store = await memoryStore();
    const heard: Commit[] = [];
    store.watch((commit) => heard.push(commit));
    await store.write((tx) => {
      tx.put(items, anItem('a'));
      tx.delete(items, 'a');
      tx.delete(items, 'never there');
    });
    expect(heard).toEqual([]);
    await store.write((tx) => expect(tx.all(items)).toEqual([]));
  });

  test('rows are frozen all through when asked', async () => {
    const store = await memoryStore();
    await store.write((tx) => tx.put(items, anItem('a', 'x', ['p'])));
    const [item] = store.read((tx) => tx.all(items)) as unknown as { tags: string[] }[];
    expect(() => item?.tags.push('q')).toThrow('not extensible');
  });

  test('with immediate flush a write is durable when it returns, and commits never nest', async () => {
    const store = await memoryStore({ flush: 'immediate' });
    const order: string[] = [];
    store.watch(({ revision }) => {
      order.push(`start ${revision}`);
      if (revision === 1) void store.write((tx) => tx.put(items, anItem('b')));
      order.push(`end ${revision}`);
    });
    void store.write((tx) => tx.put(items, anItem('a')));
    expect(store.read((tx) => tx.all(items).length)).toBe(2);
    expect(order).toEqual(['start 1', 'end 1', 'start 2', 'end 2']);
  });

  test('[STO-9] a store opened again has the rows of the one before, by every index', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyStep, { maxLength: 5 }), { maxLength: 8 }), async (script) => {
        const log = memoryLog();
        const store = await openStore({ log });
        let model: ReadonlyMap<string, Item> = new Map();
        for (const steps of script) {
          void store.write((tx) => perform(tx, steps));
          model = modelAfter(model, steps);
        }
        await store.write(() => undefined);
        const again: Store = await openStore({ log, collections: [items] });
        again.read((tx) => expectSame(tx, model));
      }),
      { numRuns: 60 },
    );
  });
});
