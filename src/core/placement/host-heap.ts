/**
 * A binary heap: the least item is at hand, and after its score grew or it was taken out, the next one is found in
 * a logarithmic number of comparisons.
 */
export class HostHeap<Item> {
  readonly #items: Item[];
  readonly #precedes: (one: Item, other: Item) => boolean;

  /** `precedes` must be a strict total order. Takes the array over. */
  constructor(items: Item[], precedes: (one: Item, other: Item) => boolean) {
    this.#items = items;
    this.#precedes = precedes;
    for (let at = (items.length >>> 1) - 1; at >= 0; at -= 1) this.#sink(at);
  }

  get least(): Item | undefined {
    return this.#items[0];
  }

  /** To be called when the least item's own score has changed. */
  leastChanged(): void {
    this.#sink(0);
  }

  removeLeast(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    this.#sink(0);
  }

  #sink(from: number): void {
    const item = this.#items[from];
    if (item === undefined) return;
    let at = from;
    for (;;) {
      const child = this.#lesserChild(at);
      const below = child === undefined ? undefined : this.#items[child];
      if (child === undefined || below === undefined || !this.#precedes(below, item)) break;
      this.#items[at] = below;
      at = child;
    }
    this.#items[at] = item;
  }

  #lesserChild(at: number): number | undefined {
    const left = this.#items[2 * at + 1];
    if (left === undefined) return undefined;
    const right = this.#items[2 * at + 2];
    return right !== undefined && this.#precedes(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}
