import { assert } from '../lib/assert.ts';
import { IndexDifference } from './index-difference.ts';
import { ALL, EVERY_ROW, type IndexReader, indexReader } from './index-values.ts';
import { IndexedRows, type RowView } from './indexed-rows.ts';
import { KeptListings } from './kept-listings.ts';
import type { AnyCollection, Range } from './store.ts';

/**
 * One collection in memory, in two states at once: `head` has every accepted write, `durable` only those that the
 * log has. They share the rows: the table keeps the head, and for each key with a write under way its durable row.
 */
export class Table {
  readonly collection: AnyCollection;
  readonly head: RowView;
  readonly durable: RowView;
  /** Listings of the head that are kept; undefined where the collection asks for none, as most do. */
  readonly kept: KeptListings | undefined;
  readonly #head: IndexedRows;
  readonly #patch: Patch;

  constructor(collection: AnyCollection) {
    const reader = indexReader(collection);
    this.collection = collection;
    this.#head = new IndexedRows(reader);
    this.#patch = new Patch(reader);
    this.head = this.#head;
    this.kept = collection.kept === undefined ? undefined : new KeptListings(collection, reader);
    this.durable = new PatchedView(reader, this.#head, this.#patch);
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
    const before = this.#head.get(key);
    this.#patch.headMoves(key, before, row);
    this.#head.set(key, row);
    this.kept?.changed(key, before, row);
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

/** A key with a write under way: its durable row, and how many transactions hold it. */
interface Held {
  row: unknown;
  count: number;
}

/** The durable rows of keys with a write under way, and where their index entries differ from the head's. */
class Patch {
  readonly #held = new Map<string, Held>();
  readonly #reader: IndexReader;
  readonly #differences: readonly IndexDifference[];

  constructor(reader: IndexReader) {
    this.#reader = reader;
    this.#differences = reader.readings.map(() => new IndexDifference());
  }

  held(key: string): { readonly row: unknown } | undefined {
    return this.#held.get(key);
  }

  difference(position: number): IndexDifference {
    const difference = this.#differences[position];
    assert(difference !== undefined, 'a row has no more values than there are indexes');
    return difference;
  }

  /** A held key's durable row is the head's when the first hold of it begins. */
  hold(key: string, row: unknown): void {
    const held = this.#held.get(key);
    if (held === undefined) this.#held.set(key, { row, count: 1 });
    else held.count += 1;
  }

  /** The head's row of a held key changes. */
  headMoves(key: string, before: unknown, after: unknown): void {
    const durable = this.#heldAt(key).row;
    for (let at = 0; at < this.#differences.length; at += 1) {
      const reading = this.#reader.readings[at];
      if (reading === undefined || reading.isSame(before, after)) continue;
      const value = reading.valueOf(durable);
      this.difference(at).remove(key, value, reading.valueOf(before));
      this.difference(at).add(key, value, reading.valueOf(after));
    }
  }

  /** A write of the key is durable; without another one under way the head has the durable row. */
  release(key: string, durable: unknown, head: unknown): void {
    const held = this.#heldAt(key);
    const after = held.count === 1 ? head : durable;
    for (let at = 0; at < this.#differences.length; at += 1) {
      const reading = this.#reader.readings[at];
      if (reading === undefined || reading.isSame(held.row, after)) continue;
      const value = reading.valueOf(head);
      this.difference(at).remove(key, reading.valueOf(held.row), value);
      this.difference(at).add(key, reading.valueOf(after), value);
    }
    held.row = after;
    held.count -= 1;
    if (held.count === 0) this.#held.delete(key);
  }

  /** A write of the key is given up. */
  forget(key: string, head: unknown): void {
    this.release(key, this.#heldAt(key).row, head);
  }

  #heldAt(key: string): Held {
    const held = this.#held.get(key);
    assert(held !== undefined, 'a key is written and released only while it is held');
    return held;
  }
}

/** The durable state: the head, but for held keys their durable rows. */
class PatchedView implements RowView {
  readonly #reader: IndexReader;
  readonly #head: IndexedRows;
  readonly #patch: Patch;

  constructor(reader: IndexReader, head: IndexedRows, patch: Patch) {
    this.#reader = reader;
    this.#head = head;
    this.#patch = patch;
  }

  get(key: string): unknown {
    const held = this.#patch.held(key);
    return held === undefined ? this.#head.get(key) : held.row;
  }

  keys(range: Range): string[] {
    return this.#patch.difference(EVERY_ROW).keysIn(this.#head.index(EVERY_ROW), ALL, range);
  }

  keysOf(index: string, value: string, range: Range): string[] {
    const position = this.#reader.positionOf(index);
    return this.#patch.difference(position).keysIn(this.#head.index(position), value, range);
  }

  countOf(index: string, value: string): number {
    const position = this.#reader.positionOf(index);
    return this.#patch.difference(position).countIn(this.#head.index(position), value);
  }
}
