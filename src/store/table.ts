import { assert } from '../lib/assert.ts';
import { IndexDifference } from './index-difference.ts';
import { IndexedRows, type IndexReader, indexReader, type RowView } from './indexed-rows.ts';
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
    this.#patch.headMoves(key, this.#head.get(key), row);
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

/** The durable rows of keys with a write under way, and where their index entries differ from the head's. */
class Patch {
  readonly #rows = new Map<string, unknown>();
  readonly #holds = new Map<string, number>();
  readonly #reader: IndexReader;
  /** Which of the held keys have a row in one state only. */
  readonly presence = new IndexDifference();
  readonly #indexes: readonly IndexDifference[];

  constructor(reader: IndexReader) {
    this.#reader = reader;
    this.#indexes = reader.names.map(() => new IndexDifference());
  }

  has(key: string): boolean {
    return this.#holds.has(key);
  }

  row(key: string): unknown {
    return this.#rows.get(key);
  }

  difference(index: string): IndexDifference {
    const difference = this.#indexes[this.#reader.names.indexOf(index)];
    assert(difference !== undefined, `no index named ${index}`);
    return difference;
  }

  /** A held key's durable row is the head's when the first hold of it begins. */
  hold(key: string, row: unknown): void {
    const holds = this.#holds.get(key) ?? 0;
    this.#holds.set(key, holds + 1);
    if (holds === 0) this.#rows.set(key, row);
  }

  /** The head's row of a held key changes. */
  headMoves(key: string, before: unknown, after: unknown): void {
    const durable = this.#rows.get(key);
    this.#move(key, { durable, head: before }, { durable, head: after });
  }

  /** A write of the key is durable; without another one under way the head has the durable row. */
  release(key: string, durable: unknown, head: unknown): void {
    const isLast = this.#holdsAfterOneLess(key) === 0;
    const before = this.#rows.get(key);
    this.#move(key, { durable: before, head }, { durable: isLast ? head : durable, head });
    if (isLast) this.#rows.delete(key);
    else this.#rows.set(key, durable);
  }

  /** A write of the key is given up. */
  forget(key: string, head: unknown): void {
    this.release(key, this.#rows.get(key), head);
  }

  #move(key: string, from: BothRows, to: BothRows): void {
    this.presence.move(
      key,
      { durable: presenceOf(from.durable), head: presenceOf(from.head) },
      { durable: presenceOf(to.durable), head: presenceOf(to.head) },
    );
    const valuesOf = this.#reader.valuesOf;
    this.#indexes.forEach((difference, index) => {
      difference.move(
        key,
        { durable: valuesOf(index, from.durable), head: valuesOf(index, from.head) },
        { durable: valuesOf(index, to.durable), head: valuesOf(index, to.head) },
      );
    });
  }

  #holdsAfterOneLess(key: string): number {
    const holds = (this.#holds.get(key) ?? 0) - 1;
    assert(holds >= 0, 'a key is released only while it is held');
    if (holds === 0) this.#holds.delete(key);
    else this.#holds.set(key, holds);
    return holds;
  }
}

/** A key's row in both states. */
interface BothRows {
  readonly durable: unknown;
  readonly head: unknown;
}

/** All rows as an index of one value. */
const ALL = '';
const PRESENT: readonly string[] = [ALL];
const ABSENT: readonly string[] = [];

const presenceOf = (row: unknown): readonly string[] => (row === undefined ? ABSENT : PRESENT);

/** The durable state: the head, but for held keys their durable rows. */
class PatchedView implements RowView {
  readonly #head: RowView;
  readonly #patch: Patch;

  constructor(head: RowView, patch: Patch) {
    this.#head = head;
    this.#patch = patch;
  }

  get(key: string): unknown {
    return this.#patch.has(key) ? this.#patch.row(key) : this.#head.get(key);
  }

  keysAfter(after: string | undefined): Iterable<string> {
    const { presence } = this.#patch;
    return patched(this.#head.keysAfter(after), presence, presence.keysAfter(ALL, after));
  }

  keysOf(index: string, value: string, after: string | undefined): Iterable<string> {
    const difference = this.#patch.difference(index);
    return patched(this.#head.keysOf(index, value, after), difference, difference.keysAfter(value, after));
  }

  countOf(index: string, value: string): number {
    return this.#head.countOf(index, value) + this.#patch.difference(index).surplusOf(value);
  }
}

/** The durable state's keys of a value, given the head's and the durable ones of keys that differ. */
const patched = (
  head: Iterable<string>,
  difference: IndexDifference,
  durable: Iterable<string>,
): Iterable<string> => (difference.isEmpty ? head : merged(without(head, difference), durable));

function* without(keys: Iterable<string>, difference: IndexDifference): Generator<string, void, undefined> {
  for (const key of keys) if (!difference.has(key)) yield key;
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
