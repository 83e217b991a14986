import { hasValue, type IndexReader } from './index-values.ts';
import type { AnyCollection, IndexValue } from './store.ts';

/** The rows of one index value in key order. Who was given them keeps them as they are: then they are copied first. */
interface Listing {
  rows: unknown[];
  isGiven: boolean;
}

/**
 * Listings of a collection's head that stay once they were made, and follow each write: who lists thousands of rows
 * again and again, of which a few have changed, gets them for the price of a copy. (`kept` of the collection)
 */
export class KeptListings {
  readonly #key: (row: unknown) => string;
  readonly #reader: IndexReader;
  /** By index name; the values that were asked for and have rows. */
  readonly #listings: ReadonlyMap<string, Map<string, Listing>>;

  constructor(collection: AnyCollection, reader: IndexReader) {
    this.#key = collection.key as (row: unknown) => string;
    this.#reader = reader;
    this.#listings = new Map((collection.kept ?? []).map((index) => [index, new Map()]));
  }

  /** The rows of a value; `read` finds those of one that was not asked for before. Undefined for an index that is not kept. */
  rowsOf(index: string, value: string, read: () => readonly unknown[]): readonly unknown[] | undefined {
    const listings = this.#listings.get(index);
    if (listings === undefined) return undefined;
    const listing = listings.get(value) ?? { rows: [...read()], isGiven: true };
    listing.isGiven = true;
    if (listing.rows.length > 0) listings.set(value, listing);
    return listing.rows;
  }

  /** The head's row of a key changes. */
  changed(key: string, before: unknown, after: unknown): void {
    for (const [index, listings] of this.#listings) {
      const reading = this.#reader.readings[this.#reader.positionOf(index)];
      if (reading === undefined) continue;
      const is = reading.valueOf(after);
      for (const value of listOf(is)) this.#patch(listings, value, { key, row: after });
      if (reading.isSame(before, after)) continue;
      for (const value of listOf(reading.valueOf(before)))
        if (!hasValue(is, value)) this.#patch(listings, value, { key, row: undefined });
    }
  }

  /** Puts a row into a listing, or takes it out when it is absent. A listing that becomes empty is not kept for nobody. */
  #patch(
    listings: Map<string, Listing>,
    value: string,
    { key, row }: { readonly key: string; readonly row: unknown },
  ): void {
    const listing = listings.get(value);
    if (listing === undefined) return;
    if (listing.isGiven) listing.rows = [...listing.rows];
    listing.isGiven = false;
    const { rows } = listing;
    const at = this.#placeOf(rows, key);
    const isThere = at < rows.length && this.#key(rows[at]) === key;
    if (row === undefined) rows.splice(at, isThere ? 1 : 0);
    else if (isThere) rows[at] = row;
    else rows.splice(at, 0, row);
    if (rows.length === 0) listings.delete(value);
  }

  /** The first place whose key is not less than `key`. */
  #placeOf(rows: readonly unknown[], key: string): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#key(rows[middle]) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const listOf = (value: IndexValue): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? NO_VALUES);
const NO_VALUES: readonly string[] = [];
