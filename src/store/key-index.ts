import { KeySet } from './key-set.ts';
import type { Range } from './store.ts';

/** Keys by index value, in order. A value with one key, the common case of unique indexes, costs no set. */
export class KeyIndex {
  readonly #entries = new Map<string, string | KeySet>();

  /** Adding what is there changes nothing. */
  add(value: string, key: string): void {
    const entry = this.#entries.get(value);
    if (entry === undefined) this.#entries.set(value, key);
    else if (typeof entry !== 'string') entry.add(key);
    else if (entry < key) this.#entries.set(value, new KeySet(entry, key));
    else if (key < entry) this.#entries.set(value, new KeySet(key, entry));
  }

  /** Deleting what is not there changes nothing. */
  delete(value: string, key: string): void {
    const entry = this.#entries.get(value);
    if (entry === key) this.#entries.delete(value);
    else if (entry !== undefined && typeof entry !== 'string') {
      entry.delete(key);
      if (entry.size === 0) this.#entries.delete(value);
    }
  }

  /** The keys of `value` in a range, in order, as an array of the caller's own. */
  keys(value: string, range: Range): string[] {
    const entry = this.#entries.get(value);
    if (entry === undefined) return [];
    if (typeof entry !== 'string') return entry.keys(range);
    const { after, limit = 1 } = range;
    return limit > 0 && (after === undefined || entry > after) ? [entry] : [];
  }

  count(value: string): number {
    const entry = this.#entries.get(value);
    if (entry === undefined) return 0;
    return typeof entry === 'string' ? 1 : entry.size;
  }
}
