import { assert } from '../lib/assert.ts';
import type { AnyCollection, IndexValue, MemberIndex } from './store.ts';

/** Reads one index off rows, whatever their type; a row that is absent has no value. A value may be there twice. */
export interface IndexReading {
  valueOf(row: unknown): IndexValue;
  /** Whether two rows have the same values, which most writes leave as they are. */
  isSame(one: unknown, other: unknown): boolean;
}

/** The indexes of a collection by position, after one that it does not declare: the first has every row, as `ALL`. */
export interface IndexReader {
  readonly readings: readonly IndexReading[];
  /** The position of an index by its name. */
  positionOf(index: string): number;
}

/** The position of the index that holds every row. */
export const EVERY_ROW = 0;
/** The one value of the index that holds every row. */
export const ALL = '';

/** Makes the reader of a collection's indexes. */
export function indexReader(collection: AnyCollection): IndexReader {
  const names = Object.keys(collection.indexes);
  return {
    readings: [new PlainReading(() => ALL), ...names.map((name) => readingOf(collection.indexes[name]))],
    positionOf: (index) => {
      const position = names.indexOf(index);
      assert(position >= 0, `no index named ${index}`);
      return EVERY_ROW + 1 + position;
    },
  };
}

function readingOf(index: AnyCollection['indexes'][string] | undefined): IndexReading {
  assert(index !== undefined, 'every index of a collection is declared');
  if (typeof index === 'function') return new PlainReading(index as (row: unknown) => IndexValue);
  return new MemberReading(index as unknown as MemberIndex<Members>);
}

/** Whether a reading has a value. */
export const hasValue = (values: IndexValue, value: string): boolean =>
  typeof values === 'string' ? values === value : values?.includes(value) === true;

/** Whether two readings are alike. */
export function haveSameValues(one: IndexValue, other: IndexValue): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

/** An index that is as cheap to read as to remember. */
class PlainReading implements IndexReading {
  readonly #read: (row: unknown) => IndexValue;

  constructor(read: (row: unknown) => IndexValue) {
    this.#read = read;
  }

  valueOf(row: unknown): IndexValue {
    return row === undefined ? undefined : this.#read(row);
  }

  isSame(one: unknown, other: unknown): boolean {
    return one === other || haveSameValues(this.valueOf(one), this.valueOf(other));
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Values of so many rows are remembered, twice over: those under way at a time, and no burden on memory. */
const REMEMBERED_COUNT = 512;

/** A row on its way is looked at half a dozen times: held, written, settled. Rows never change, so once is enough. */
class MemberReading implements IndexReading {
  readonly #index: MemberIndex<Members>;
  #recent = new Map<unknown, IndexValue>();
  #older = new Map<unknown, IndexValue>();

  constructor(index: MemberIndex<Members>) {
    this.#index = index;
  }

  valueOf(row: unknown): IndexValue {
    if (row === undefined) return undefined;
    if (this.#recent.has(row)) return this.#recent.get(row);
    const value = this.#older.has(row) ? this.#older.get(row) : this.#index.read(row as Members);
    if (this.#recent.size >= REMEMBERED_COUNT) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(row, value);
    return value;
  }

  isSame(one: unknown, other: unknown): boolean {
    if (one === other || this.#hasSameMembers(one, other)) return true;
    return haveSameValues(this.valueOf(one), this.valueOf(other));
  }

  #hasSameMembers(one: unknown, other: unknown): boolean {
    if (one === undefined || other === undefined) return false;
    const [row, next] = [one as Members, other as Members];
    for (const member of this.#index.members) if (row[member] !== next[member]) return false;
    return true;
  }
}
