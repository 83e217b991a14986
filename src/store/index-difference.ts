import { haveSameValues, Index } from './indexed-rows.ts';

/** The values of one index for a key, in both states. */
interface BothValues {
  readonly durable: readonly string[];
  readonly head: readonly string[];
}

const differ = ({ durable, head }: BothValues): boolean => !haveSameValues(durable, head);

/**
 * Where one index of the durable state differs from the head's: the keys whose values are not the same, and those
 * values. Most writes change no index value, and cost nothing here.
 */
export class IndexDifference {
  readonly #keys = new Set<string>();
  /** The durable entries of those keys. */
  readonly #durable = new Index();
  /** How many entries the durable state has more than the head, by value; never 0. */
  readonly #surplus = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  keysAfter(value: string, after: string | undefined): Iterable<string> {
    return this.#durable.keysAfter(value, after);
  }

  surplusOf(value: string): number {
    return this.#surplus.get(value) ?? 0;
  }

  /** A key's values change in one state or both. */
  move(key: string, from: BothValues, to: BothValues): void {
    if (haveSameValues(from.durable, to.durable) && haveSameValues(from.head, to.head)) return;
    if (differ(from)) {
      this.#keys.delete(key);
      for (const value of from.durable) this.#durable.delete(value, key);
      this.#add(from, -1);
    }
    if (differ(to)) {
      this.#keys.add(key);
      for (const value of to.durable) this.#durable.add(value, key);
      this.#add(to, 1);
    }
  }

  #add({ durable, head }: BothValues, times: 1 | -1): void {
    for (const value of durable) this.#count(value, times);
    for (const value of head) this.#count(value, times === 1 ? -1 : 1);
  }

  #count(value: string, change: number): void {
    const count = (this.#surplus.get(value) ?? 0) + change;
    if (count === 0) this.#surplus.delete(value);
    else this.#surplus.set(value, count);
  }
}
