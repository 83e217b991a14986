import { KeySet } from './key-set.ts';
import type { AnyCollection } from './store.ts';

/** A set of rows as a transaction reads it. Keys come in order. */
export interface RowView {
  get(key: string): unknown;
  keysAfter(after: string | undefined): Iterable<string>;
  keysOf(index: string, value: string, after: string | undefined): Iterable<string>;
  countOf(index: string, value: string): number;
}

/** Reads index values off rows; what a collection declares, in a form that all its rows can be passed to. */
export interface IndexReader {
  readonly names: readonly string[];
  /** The values of one index for a row, without repeats. `row` may be absent: then there are none. */
  valuesOf(index: number, row: unknown): readonly string[];
}

const NO_VALUES: readonly string[] = [];

/** Whether two readings of an index are alike, which most writes leave them. */
export const haveSameValues = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((value, at) => value === other[at]));

/** Index values of so many rows are remembered, twice over: those under way at a time, and no burden on memory. */
const REMEMBERED_COUNT = 512;

/** Makes the reader of a collection's indexes. */
export function indexReader(collection: AnyCollection): IndexReader {
  const names = Object.keys(collection.indexes);
  const readers = names.map(
    (name) => collection.indexes[name] as (row: unknown) => string | undefined | readonly string[],
  );
  const values = new RecentValues((row) => readers.map((read) => valuesOf(read(row))));
  return {
    names,
    valuesOf: (index, row) => (row === undefined ? NO_VALUES : (values.of(row)[index] ?? NO_VALUES)),
  };
}

function valuesOf(value: string | undefined | readonly string[]): readonly string[] {
  if (value === undefined) return NO_VALUES;
  if (typeof value === 'string') return [value];
  return value.length < 2 ? value : [...new Set(value)];
}

/** A row on its way is looked at half a dozen times: held, written, settled. Rows never change, so once is enough. */
class RecentValues {
  readonly #read: (row: unknown) => readonly (readonly string[])[];
  #recent = new Map<unknown, readonly (readonly string[])[]>();
  #older = new Map<unknown, readonly (readonly string[])[]>();

  constructor(read: (row: unknown) => readonly (readonly string[])[]) {
    this.#read = read;
  }

  of(row: unknown): readonly (readonly string[])[] {
    const known = this.#recent.get(row);
    if (known !== undefined) return known;
    const values = this.#older.get(row) ?? this.#read(row);
    if (this.#recent.size >= REMEMBERED_COUNT) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(row, values);
    return values;
  }
}

/** Keys by index value, in order. A value with one key, the common case of unique indexes, costs no set. */
export class Index {
  readonly #entries = new Map<string, string | KeySet>();

  add(value: string, key: string): void {
    const entry = this.#entries.get(value);
    if (entry === undefined) this.#entries.set(value, key);
    else if (typeof entry !== 'string') entry.add(key);
    else if (entry !== key) {
      const keys = new KeySet();
      keys.add(entry);
      keys.add(key);
      this.#entries.set(value, keys);
    }
  }

  delete(value: string, key: string): void {
    const entry = this.#entries.get(value);
    if (entry === key) this.#entries.delete(value);
    else if (entry !== undefined && typeof entry !== 'string') {
      entry.delete(key);
      if (entry.size === 0) this.#entries.delete(value);
    }
  }

  keysAfter(value: string, after: string | undefined): Iterable<string> {
    const entry = this.#entries.get(value);
    if (entry === undefined) return NO_VALUES;
    if (typeof entry !== 'string') return entry.after(after);
    return after === undefined || entry > after ? [entry] : NO_VALUES;
  }

  count(value: string): number {
    const entry = this.#entries.get(value);
    if (entry === undefined) return 0;
    return typeof entry === 'string' ? 1 : entry.size;
  }
}

/** Rows with their indexes, all in memory. */
export class IndexedRows implements RowView {
  readonly #rows = new Map<string, unknown>();
  readonly #keys = new KeySet();
  readonly #indexes: readonly Index[];
  readonly #reader: IndexReader;

  constructor(reader: IndexReader) {
    this.#reader = reader;
    this.#indexes = reader.names.map(() => new Index());
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): unknown {
    return this.#rows.get(key);
  }

  /** Stores `row`, or removes the key when `row` is absent. */
  set(key: string, row: unknown): void {
    const before = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.delete(key);
      this.#keys.delete(key);
    } else {
      this.#rows.set(key, row);
      if (before === undefined) this.#keys.add(key);
    }
    this.#indexes.forEach((index, position) => {
      const old = this.#reader.valuesOf(position, before);
      const now = this.#reader.valuesOf(position, row);
      if (haveSameValues(old, now)) return;
      for (const value of old) if (!now.includes(value)) index.delete(value, key);
      for (const value of now) index.add(value, key);
    });
  }

  keysAfter(after: string | undefined): Iterable<string> {
    return this.#keys.after(after);
  }

  keysOf(index: string, value: string, after: string | undefined): Iterable<string> {
    return this.#index(index).keysAfter(value, after);
  }

  countOf(index: string, value: string): number {
    return this.#index(index).count(value);
  }

  #index(name: string): Index {
    const index = this.#indexes[this.#reader.names.indexOf(name)];
    if (index === undefined) throw new Error(`assertion failed: no index named ${name}`);
    return index;
  }
}
