import { hasValue } from './index-values.ts';
import { KeySet } from './key-set.ts';
import type { IndexValue, Range } from './store.ts';

/** Keys by index value, in order. A value with one key, the common case of unique indexes, costs no set. */
export class KeyIndex {
  readonly #entries = new Map<string, string | KeySet>();

  /** Adds a key under those of `values` that are not among `except`. What is there already stays. */
  add(key: string, values: IndexValue, except: IndexValue): void {
    if (typeof values === 'string') this.#addOne(key, values, except);
    else if (values !== undefined)
      for (let at = 0; at < values.length; at += 1) this.#addOne(key, values[at] ?? '', except);
  }

  /** Deletes a key under those of `values` that are not among `except`, where it is there. */
  delete(key: string, values: IndexValue, except: IndexValue): void {
    if (typeof values === 'string') this.#deleteOne(key, values, except);
    else if (values !== undefined)
      for (let at = 0; at < values.length; at += 1) this.#deleteOne(key, values[at] ?? '', except);
  }

  #addOne(key: string, value: string, except: IndexValue): void {
    if (hasValue(except, value)) return;
    const entry = this.#entries.get(value);
    if (entry === undefined) this.#entries.set(value, key);
    else if (typeof entry !== 'string') entry.add(key);
    else if (entry < key) this.#entries.set(value, new KeySet(entry, key));
    else if (key < entry) this.#entries.set(value, new KeySet(key, entry));
  }

  #deleteOne(key: string, value: string, except: IndexValue): void {
    if (hasValue(except, value)) return;
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
