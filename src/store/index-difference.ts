import { hasValue, haveSameValues, listOf } from './index-values.ts';
import { KeyIndex } from './key-index.ts';
import type { IndexValue, Range } from './store.ts';

/** Where one index of the durable state differs from the head's: the entries that only one of the two has. */
export class IndexDifference {
  readonly #inDurable = new KeyIndex();
  readonly #inHead = new KeyIndex();

  /** Notes what a key has in the two states. */
  add(key: string, durable: IndexValue, head: IndexValue): void {
    if (haveSameValues(durable, head)) return;
    for (const value of listOf(durable)) if (!hasValue(head, value)) this.#inDurable.add(value, key);
    for (const value of listOf(head)) if (!hasValue(durable, value)) this.#inHead.add(value, key);
  }

  /** Takes back what `add` noted. */
  remove(key: string, durable: IndexValue, head: IndexValue): void {
    if (haveSameValues(durable, head)) return;
    for (const value of listOf(durable)) this.#inDurable.delete(value, key);
    for (const value of listOf(head)) this.#inHead.delete(value, key);
  }

  /** How many keys of a value the durable state has. */
  countIn(head: KeyIndex, value: string): number {
    return head.count(value) + this.#inDurable.count(value) - this.#inHead.count(value);
  }

  /** The durable state's keys of a value in a range, in order, as an array of the caller's own. */
  keysIn(head: KeyIndex, value: string, range: Range): string[] {
    const { after, limit = Number.POSITIVE_INFINITY } = range;
    const hidden = this.#inHead.keys(value, { after });
    const others = this.#inDurable.keys(value, range);
    if (hidden.length === 0 && others.length === 0) return head.keys(value, range);
    // With so many more there are enough left when the hidden ones are gone.
    const keys = head.keys(value, { after, limit: limit + hidden.length });
    return patched(keys, hidden, others).slice(0, limit);
  }
}

/** Ordered keys without those of `hidden`, which are among them in the same order, and with `others`, which are not. */
function patched(keys: readonly string[], hidden: readonly string[], others: readonly string[]): string[] {
  const result: string[] = [];
  let nextHidden = 0;
  let nextOther = 0;
  for (const key of keys) {
    if (key === hidden[nextHidden]) {
      nextHidden += 1;
      continue;
    }
    for (let other = others[nextOther]; other !== undefined && other < key; other = others[nextOther]) {
      result.push(other);
      nextOther += 1;
    }
    result.push(key);
  }
  for (; nextOther < others.length; nextOther += 1) result.push(others[nextOther] ?? '');
  return result;
}
