import { assert } from '../lib/assert.ts';
import { ALL, EVERY_ROW, hasValue, haveSameValues, type IndexReader, listOf } from './index-values.ts';
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
    this.#indexes = Array.from({ length: reader.indexCount }, () => new KeyIndex());
  }

  get(key: string): unknown {
    return this.#rows.get(key);
  }

  /** Stores `row`, or removes the key when `row` is absent. */
  set(key: string, row: unknown): void {
    const before = this.#rows.get(key);
    const old = this.#reader.valuesOf(before);
    const now = this.#reader.valuesOf(row, before);
    if (row === undefined) this.#rows.delete(key);
    else this.#rows.set(key, row);
    if (old === now) return;
    for (let at = 0; at < this.#indexes.length; at += 1) {
      const [was, is] = [old[at], now[at]];
      if (haveSameValues(was, is)) continue;
      const index = this.index(at);
      for (const value of listOf(was)) if (!hasValue(is, value)) index.delete(value, key);
      for (const value of listOf(is)) index.add(value, key);
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
