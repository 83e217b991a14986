import { assert } from '../lib/assert.ts';
import { ALL, EVERY_ROW, type IndexReader } from './index-values.ts';
import { KeyIndex } from './key-index.ts';
import type { Range } from './store.ts';

/** A set of rows as a transaction reads it. Keys come in order, in arrays of the caller's own. */
export interface RowView {
  get(key: string): unknown;
  keys(range: Range): string[];
  keysOf(index: string, value: string, range: Range): string[];
  countOf(index: string, value: string): number;
}

/** Rows with their indexes, all in memory. */
export class IndexedRows implements RowView {
  readonly #rows = new Map<string, unknown>();
  readonly #indexes: readonly KeyIndex[];
  readonly #reader: IndexReader;

  constructor(reader: IndexReader) {
    this.#reader = reader;
    this.#indexes = reader.readings.map(() => new KeyIndex());
  }

  get(key: string): unknown {
    return this.#rows.get(key);
  }

  /** Stores `row`, or removes the key when `row` is absent. */
  set(key: string, row: unknown): void {
    const before = this.#rows.get(key);
    if (row === undefined) this.#rows.delete(key);
    else this.#rows.set(key, row);
    for (let at = 0; at < this.#indexes.length; at += 1) {
      const reading = this.#reader.readings[at];
      if (reading === undefined || reading.isSame(before, row)) continue;
      const [was, is] = [reading.valueOf(before), reading.valueOf(row)];
      this.index(at).delete(key, was, is);
      this.index(at).add(key, is, was);
    }
  }

  /** The index at a position. */
  index(position: number): KeyIndex {
    const index = this.#indexes[position];
    assert(index !== undefined, 'a row has no more values than there are indexes');
    return index;
  }

  keys(range: Range): string[] {
    return this.index(EVERY_ROW).keys(ALL, range);
  }

  keysOf(index: string, value: string, range: Range): string[] {
    return this.index(this.#reader.positionOf(index)).keys(value, range);
  }

  countOf(index: string, value: string): number {
    return this.index(this.#reader.positionOf(index)).count(value);
  }
}
