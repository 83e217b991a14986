import { assert } from '../lib/assert.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { RowView } from './indexed-rows.ts';
import type { AnyCollection, Change, Collection, Range, ReadTx, WriteTx } from './store.ts';
import type { Table } from './table.ts';

/** Finds the table of a collection, making it at first use. */
export type TableOf = (collection: AnyCollection) => Table;

/** Reads the durable state. */
export function durableReads(tableOf: TableOf): ReadTx {
  return new Reads((collection) => tableOf(collection).durable);
}

const EVERYTHING: Range = {};

class Reads implements ReadTx {
  readonly #viewOf: (collection: AnyCollection) => RowView;

  constructor(viewOf: (collection: AnyCollection) => RowView) {
    this.#viewOf = viewOf;
  }

  get<Row, Index extends string>(collection: Collection<Row, Index>, key: string): Row | undefined {
    return this.#viewOf(collection).get(key) as Row | undefined;
  }

  find<Row, Index extends string>(
    collection: Collection<Row, Index>,
    index: NoInfer<Index>,
    value: string,
    range: Range = EVERYTHING,
  ): readonly Row[] {
    const view = this.#viewOf(collection);
    return rowsOf(view, view.keysOf(index, value, range)) as readonly Row[];
  }

  count<Row, Index extends string>(
    collection: Collection<Row, Index>,
    index: NoInfer<Index>,
    value: string,
  ): number {
    return this.#viewOf(collection).countOf(index, value);
  }

  all<Row, Index extends string>(
    collection: Collection<Row, Index>,
    range: Range = EVERYTHING,
  ): readonly Row[] {
    const view = this.#viewOf(collection);
    return rowsOf(view, view.keys(range)) as readonly Row[];
  }
}

/** What a transaction does to one row, which is what is told of it when it has ended. */
interface Step extends Change {
  /** Follows the last put or delete of the key. */
  after: unknown;
}

/** A transaction under way. It writes to the head at once and can take all of it back. */
export class Transaction extends Reads implements WriteTx {
  readonly #tableOf: TableOf;
  readonly #freeze: boolean;
  readonly #steps = new Map<Table, Map<string, Step>>();
  #isOpen = true;

  constructor(tableOf: TableOf, freeze: boolean) {
    super((collection) => {
      assert(this.#isOpen, 'a transaction is used only inside its work');
      return tableOf(collection).head;
    });
    this.#tableOf = tableOf;
    this.#freeze = freeze;
  }

  override find<Row, Index extends string>(
    collection: Collection<Row, Index>,
    index: NoInfer<Index>,
    value: string,
    range: Range = EVERYTHING,
  ): readonly Row[] {
    const read = (): readonly Row[] => super.find(collection, index, value, range);
    const kept = range === EVERYTHING ? this.#tableOf(collection).kept : undefined;
    if (kept === undefined) return read();
    assert(this.#isOpen, 'a transaction is used only inside its work');
    return (kept.rowsOf(index, value, read) as readonly Row[] | undefined) ?? read();
  }

  put<Row, Index extends string>(collection: Collection<Row, Index>, row: Row): void {
    assert(row !== undefined, 'a row has a value');
    this.#set(collection, collection.key(row), this.#freeze ? deepFreeze(row) : row);
  }

  delete<Row, Index extends string>(collection: Collection<Row, Index>, key: string): void {
    this.#set(collection, key, undefined);
  }

  /** What it has changed so far, table by table, in the order of the first step on each row. */
  changes(): readonly Change[] {
    const changes: Change[] = [];
    for (const steps of this.#steps.values()) {
      for (const step of steps.values()) if (step.before !== step.after) changes.push(step);
    }
    return changes;
  }

  /** Ends the transaction and tells what it changed, as `changes` does. */
  finish(): readonly Change[] {
    this.#isOpen = false;
    for (const [table, steps] of this.#steps) {
      for (const { key, before, after } of steps.values()) if (before === after) table.letGo(key);
    }
    return this.changes();
  }

  /** After `finish`: makes the head as it was before. Transactions that were built on this one have been undone before. */
  undo(): void {
    for (const [table, steps] of this.#steps) {
      for (const { key, before, after } of steps.values()) if (before !== after) table.takeBack(key, before);
    }
  }

  /** Ends the transaction as if it had never been. */
  takeBack(): void {
    this.#isOpen = false;
    for (const [table, steps] of this.#steps) {
      for (const { key, before } of steps.values()) table.takeBack(key, before);
    }
  }

  #set(collection: AnyCollection, key: string, row: unknown): void {
    assert(this.#isOpen, 'a transaction is used only inside its work');
    const table = this.#tableOf(collection);
    const before = table.head.get(key);
    if (before === row) return;
    const steps = this.#steps.get(table) ?? new Map<string, Step>();
    if (steps.size === 0) this.#steps.set(table, steps);
    const step = steps.get(key);
    if (step === undefined) {
      table.hold(key);
      steps.set(key, { collection: collection.name, key, before, after: row });
    } else step.after = row;
    table.set(key, row);
  }
}

/** The listing of keys is the caller's own, so the rows take their places in it. */
function rowsOf(view: RowView, keys: string[]): readonly unknown[] {
  const rows: unknown[] = keys;
  for (let at = 0; at < keys.length; at += 1) rows[at] = view.get(keys[at] ?? '');
  return rows;
}
