import { KeyIndex } from './key-index.ts';
import type { IndexValue, Range } from './store.ts';

/** Where one index of the durable state differs from the head's: the entries that only one of the two has. */
export class IndexDifference {
  readonly #inDurable = new KeyIndex();
  readonly #inHead = new KeyIndex();

  /** Notes what a key has in the two states. */
  add(key: string, durable: IndexValue, head: IndexValue): void {
    this.#inDurable.add(key, durable, head);
    this.#inHead.add(key, head, durable);
  }

  /** Takes back what `add` noted. */
  remove(key: string, durable: IndexValue, head: IndexValue): void {
    this.#inDurable.delete(key, durable, head);
    this.#inHead.delete(key, head, durable);
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
    removeAll(keys, hidden);
    const result = others.length === 0 ? keys : merged(keys, others);
    return result.length > limit ? result.slice(0, limit) : result;
  }
}

/** Takes out of ordered keys those of `hidden`; as far as they are among them, they are in the same order. */
function removeAll(keys: string[], hidden: readonly string[]): void {
  let count = 0;
  let next = 0;
  for (const key of keys) {
    if (key === hidden[next]) next += 1;
    else {
      keys[count] = key;
      count += 1;
    }
  }
  keys.length = count;
}

/** Two ordered listings without a key in common as one. */
function merged(one: readonly string[], other: readonly string[]): string[] {
  const result = [...one, ...other];
  let next = 0;
  let nextOther = 0;
  for (let at = 0; at < result.length; at += 1) {
    const key = one[next];
    const rival = other[nextOther];
    if (key !== undefined && (rival === undefined || key < rival)) {
      result[at] = key;
      next += 1;
    } else {
      result[at] = rival ?? '';
      nextOther += 1;
    }
  }
  return result;
}
