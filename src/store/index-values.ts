import { assert } from '../lib/assert.ts';
import type { AnyCollection, IndexValue } from './store.ts';

/** What every index yields for one row, by the position of the index; a value may be there twice. */
export type RowValues = readonly IndexValue[];

/** Reads index values off rows; what a collection declares, in a form that all its rows can be passed to. */
export interface IndexReader {
  /** One more index than the collection declares: the first holds every row, under `ALL`. */
  readonly indexCount: number;
  /** The position of an index by its name. */
  positionOf(index: string): number;
  /** The values of a row; an absent one has none. */
  valuesOf(row: unknown): RowValues;
}

/** The position of the index that holds every row. */
export const EVERY_ROW = 0;
/** The one value of the index that holds every row. */
export const ALL = '';

const NO_VALUES: readonly string[] = [];

/** Whether two readings of an index are alike, which most writes leave them. */
export function haveSameValues(one: IndexValue, other: IndexValue): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

/** A reading as a list. */
export const listOf = (value: IndexValue): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? NO_VALUES);

/** Whether a reading has a value. */
export const hasValue = (values: IndexValue, value: string): boolean =>
  typeof values === 'string' ? values === value : values?.includes(value) === true;

/** Makes the reader of a collection's indexes. */
export function indexReader(collection: AnyCollection): IndexReader {
  const names = Object.keys(collection.indexes);
  const readers = names.map((name) => collection.indexes[name] as (row: unknown) => IndexValue);
  const absent: RowValues = [undefined, ...readers.map(() => undefined)];
  const values = new RecentValues((row) => [ALL, ...readers.map((read) => read(row))]);
  return {
    indexCount: absent.length,
    positionOf: (index) => {
      const position = names.indexOf(index);
      assert(position >= 0, `no index named ${index}`);
      return EVERY_ROW + 1 + position;
    },
    valuesOf: (row) => (row === undefined ? absent : values.of(row)),
  };
}

/** Index values of so many rows are remembered, twice over: those under way at a time, and no burden on memory. */
const REMEMBERED_COUNT = 512;

/** A row on its way is looked at half a dozen times: held, written, settled. Rows never change, so once is enough. */
class RecentValues {
  readonly #read: (row: unknown) => RowValues;
  #recent = new Map<unknown, RowValues>();
  #older = new Map<unknown, RowValues>();

  constructor(read: (row: unknown) => RowValues) {
    this.#read = read;
  }

  of(row: unknown): RowValues {
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
