import { assert } from '../lib/assert.ts';
import { haveSameValues, IndexedRows, type IndexReader, indexReader, type RowView } from './indexed-rows.ts';
import { compareKeys } from './key-set.ts';
import type { AnyCollection } from './store.ts';

/**
 * One collection in memory, in two states at once: `head` has every accepted write, `durable` only those that the
 * log has. They share the rows: the table keeps the head, and for each key with a write under way its durable row.
 */
export class Table {
  readonly collection: AnyCollection;
  readonly head: RowView;
  readonly durable: RowView;
  readonly #head: IndexedRows;
  readonly #patch: Patch;

  constructor(collection: AnyCollection) {
    const reader = indexReader(collection);
    this.collection = collection;
    this.#head = new IndexedRows(reader);
    this.#patch = new Patch(reader);
    this.head = this.#head;
    this.durable = new PatchedView(this.#head, this.#patch);
  }

  /** Puts a row that is durable already, at load. */
  load(key: string, row: unknown): void {
    this.#head.set(key, row);
  }

  /** Before a transaction's first step on `key`: remembers the durable row until `release`. */
  hold(key: string): void {
    this.#patch.hold(key, this.#head.get(key));
  }

  /** Writes to the head; `key` is held. An absent row deletes. */
  set(key: string, row: unknown): void {
    this.#patch.moveHidden(this.#head.get(key), row);
    this.#head.set(key, row);
  }

  /** A transaction's write of `key` is durable with this value. */
  settle(key: string, row: unknown): void {
    this.#patch.release(key, row, this.#head.get(key));
  }

  /** A transaction ended without a change of `key`: what is durable of it stays with the writes still under way. */
  letGo(key: string): void {
    this.#patch.forget(key, this.#head.get(key));
  }

  /** A transaction was taken back: the head is as it was at `hold`. */
  takeBack(key: string, before: unknown): void {
    this.set(key, before);
    this.#patch.forget(key, before);
  }
}

/** The durable rows of keys with a write under way, and how many index entries of the head they hide. */
class Patch {
  readonly rows: IndexedRows;
  readonly #holds = new Map<string, number>();
  readonly #hidden: readonly Map<string, number>[];
  readonly #reader: IndexReader;

  constructor(reader: IndexReader) {
    this.#reader = reader;
    this.rows = new IndexedRows(reader);
    this.#hidden = reader.names.map(() => new Map<string, number>());
  }

  get isEmpty(): boolean {
    return this.#holds.size === 0;
  }

  has(key: string): boolean {
    return this.#holds.has(key);
  }

  hidden(index: string, value: string): number {
    return this.#hidden[this.#reader.names.indexOf(index)]?.get(value) ?? 0;
  }

  hold(key: string, row: unknown): void {
    const holds = this.#holds.get(key) ?? 0;
    this.#holds.set(key, holds + 1);
    if (holds > 0) return;
    this.rows.set(key, row);
    this.moveHidden(undefined, row);
  }

  release(key: string, durable: unknown, head: unknown): void {
    if (this.#holdsAfterOneLess(key) > 0) {
      this.rows.set(key, durable);
      return;
    }
    this.#drop(key, head);
  }

  forget(key: string, head: unknown): void {
    if (this.#holdsAfterOneLess(key) === 0) this.#drop(key, head);
  }

  moveHidden(before: unknown, after: unknown): void {
    this.#hidden.forEach((counts, index) => {
      const old = this.#reader.valuesOf(index, before);
      const now = this.#reader.valuesOf(index, after);
      if (haveSameValues(old, now)) return;
      for (const value of old) addCount(counts, value, -1);
      for (const value of now) addCount(counts, value, 1);
    });
  }

  #holdsAfterOneLess(key: string): number {
    const holds = (this.#holds.get(key) ?? 0) - 1;
    assert(holds >= 0, 'a key is released only while it is held');
    if (holds === 0) this.#holds.delete(key);
    else this.#holds.set(key, holds);
    return holds;
  }

  #drop(key: string, head: unknown): void {
    this.rows.set(key, undefined);
    this.moveHidden(head, undefined);
  }
}

/** The durable state: the head, but for held keys their remembered rows. */
class PatchedView implements RowView {
  readonly #head: RowView;
  readonly #patch: Patch;

  constructor(head: RowView, patch: Patch) {
    this.#head = head;
    this.#patch = patch;
  }

  get(key: string): unknown {
    return this.#patch.has(key) ? this.#patch.rows.get(key) : this.#head.get(key);
  }

  keysAfter(after: string | undefined): Iterable<string> {
    const keys = this.#head.keysAfter(after);
    return this.#patch.isEmpty ? keys : merged(this.#unheld(keys), this.#patch.rows.keysAfter(after));
  }

  keysOf(index: string, value: string, after: string | undefined): Iterable<string> {
    const keys = this.#head.keysOf(index, value, after);
    return this.#patch.isEmpty
      ? keys
      : merged(this.#unheld(keys), this.#patch.rows.keysOf(index, value, after));
  }

  countOf(index: string, value: string): number {
    const count = this.#head.countOf(index, value);
    if (this.#patch.isEmpty) return count;
    return count - this.#patch.hidden(index, value) + this.#patch.rows.countOf(index, value);
  }

  *#unheld(keys: Iterable<string>): Generator<string, void, undefined> {
    for (const key of keys) if (!this.#patch.has(key)) yield key;
  }
}

/** Two ordered listings without a key in common as one. */
function* merged(one: Iterable<string>, other: Iterable<string>): Generator<string, void, undefined> {
  const others = other[Symbol.iterator]();
  let next = others.next();
  for (const key of one) {
    while (next.done !== true && compareKeys(next.value, key) < 0) {
      yield next.value;
      next = others.next();
    }
    yield key;
  }
  while (next.done !== true) {
    yield next.value;
    next = others.next();
  }
}

function addCount(counts: Map<string, number>, value: string, change: 1 | -1): void {
  const count = (counts.get(value) ?? 0) + change;
  if (count === 0) counts.delete(value);
  else counts.set(value, count);
}
