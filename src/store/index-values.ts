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
  /** The values of a row; an absent one has none. What is as in the row that it follows is taken from there. */
  valuesOf(row: unknown, before?: unknown): RowValues;
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
  const reader = new RecentValues([EVERY, ...names.map((name) => readingOf(collection.indexes[name]))]);
  return {
    indexCount: 1 + names.length,
    positionOf: (index) => {
      const position = names.indexOf(index);
      assert(position >= 0, `no index named ${index}`);
      return EVERY_ROW + 1 + position;
    },
    valuesOf: (row, before) => reader.of(row, before),
  };
}

/** How one index is read off a row. Without `members` it may look at all of them. */
interface Reading {
  readonly members: readonly string[] | undefined;
  readonly read: (row: unknown) => IndexValue;
}

const EVERY: Reading = { members: [], read: () => ALL };

function readingOf(index: AnyCollection['indexes'][string] | undefined): Reading {
  assert(index !== undefined, 'every index of a collection is declared');
  return (typeof index === 'function' ? { members: undefined, read: index } : index) as Reading;
}

function hasSameMembers(members: readonly string[] | undefined, row: unknown, before: unknown): boolean {
  if (members === undefined || before === undefined) return false;
  const [one, other] = [row, before] as Readonly<Record<string, unknown>>[];
  for (const member of members) if (one?.[member] !== other?.[member]) return false;
  return true;
}

/** Index values of so many rows are remembered, twice over: those under way at a time, and no burden on memory. */
const REMEMBERED_COUNT = 512;

/** A row on its way is looked at half a dozen times: held, written, settled. Rows never change, so once is enough. */
class RecentValues {
  readonly #readings: readonly Reading[];
  readonly #absent: RowValues;
  #recent = new Map<unknown, RowValues>();
  #older = new Map<unknown, RowValues>();

  constructor(readings: readonly Reading[]) {
    this.#readings = readings;
    this.#absent = readings.map(() => undefined);
  }

  of(row: unknown, before?: unknown): RowValues {
    if (row === undefined) return this.#absent;
    const known = this.#recent.get(row);
    if (known !== undefined) return known;
    const values = this.#older.get(row) ?? this.#read(row, before);
    if (this.#recent.size >= REMEMBERED_COUNT) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(row, values);
    return values;
  }

  /** Where an index has not changed, and where none has, the two rows share their values. */
  #read(row: unknown, before: unknown): RowValues {
    const old = this.of(before);
    let values: IndexValue[] | undefined;
    for (let at = 0; at < this.#readings.length; at += 1) {
      const reading = this.#readings[at] ?? EVERY;
      if (hasSameMembers(reading.members, row, before)) continue;
      const value = reading.read(row);
      if (haveSameValues(old[at], value)) continue;
      values ??= [...old];
      values[at] = value;
    }
    return values ?? old;
  }
}
