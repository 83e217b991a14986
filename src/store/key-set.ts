/** A chunk with more keys than this is cut in two. Inserting moves at most one chunk. */
const CHUNK_MAX_COUNT = 512;

/** Orders keys by UTF-16 code unit, as the store promises. */
export const compareKeys = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/**
 * An ordered set of keys: sorted chunks in a sorted list. Finding costs two binary searches; adding and deleting
 * move the tail of one chunk, which for the sizes here is faster than a tree and takes less memory.
 */
export class KeySet {
  /** Never empty; only a lone chunk may be empty. */
  readonly #chunks: string[][] = [[]];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] ?? [];
    const position = lowerBound(chunk, key);
    if (chunk[position] === key) return;
    if (position === chunk.length) chunk.push(key);
    else chunk.splice(position, 0, key);
    this.#size += 1;
    if (chunk.length <= CHUNK_MAX_COUNT) return;
    // Keys that only ever grow leave full chunks behind; others are cut in the middle.
    const cut = position === chunk.length - 1 ? position : chunk.length >>> 1;
    this.#chunks.splice(at + 1, 0, chunk.splice(cut));
  }

  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] ?? [];
    const position = lowerBound(chunk, key);
    if (chunk[position] !== key) return;
    chunk.splice(position, 1);
    this.#size -= 1;
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** The keys that sort after `after`, in order; all of them without it. The set must not change meanwhile. */
  *after(after: string | undefined): Generator<string, void, undefined> {
    let at = after === undefined ? 0 : this.#chunkOf(after);
    let chunk = this.#chunks[at];
    let position = after === undefined || chunk === undefined ? 0 : lowerBound(chunk, after);
    if (chunk?.[position] === after) position += 1;
    while (chunk !== undefined) {
      for (; position < chunk.length; position += 1) yield chunk[position] ?? '';
      position = 0;
      at += 1;
      chunk = this.#chunks[at];
    }
  }

  /** The last chunk whose first key is not greater than `key`, else the first one. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#chunks[middle]?.[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The first place whose key is not less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
