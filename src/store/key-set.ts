import type { Range } from './store.ts';

/** A chunk with more keys than this is cut in two. Inserting moves at most one chunk. */
const CHUNK_MAX_COUNT = 512;

/**
 * An ordered set of keys: sorted chunks in a sorted list. Finding costs two binary searches; adding and deleting
 * move the tail of one chunk, which for the sizes here is faster than a tree and takes less memory.
 */
export class KeySet {
  /** Never empty; only a lone chunk may be empty. */
  readonly #chunks: string[][];
  #size: number;

  /** With these keys, each once and in order. */
  constructor(...keys: string[]) {
    this.#chunks = [keys];
    this.#size = keys.length;
  }

  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] ?? [];
    const position = lowerBound(chunk, key);
    if (chunk[position] === key) return;
    insertAt(chunk, position, key);
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
    removeAt(chunk, position);
    this.#size -= 1;
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** The keys of a range, in order, as an array of the caller's own. */
  keys({ after, limit = Number.POSITIVE_INFINITY }: Range): string[] {
    if (limit <= 0) return [];
    let at = after === undefined ? 0 : this.#chunkOf(after);
    const chunk = this.#chunks[at] ?? [];
    const start = after === undefined ? 0 : upperBound(chunk, after);
    const first = chunk.slice(start, start + limit);
    const parts = [first];
    let count = first.length;
    for (at += 1; count < limit && at < this.#chunks.length; at += 1) {
      const part = this.#chunks[at] ?? [];
      parts.push(count + part.length <= limit ? part : part.slice(0, limit - count));
      count += part.length;
    }
    return parts.length === 1 ? first : parts.flat();
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

/** As `splice` does it, which is slower and makes an array of what it took out. */
function insertAt(keys: string[], position: number, key: string): void {
  keys.push(key);
  for (let at = keys.length - 1; at > position; at -= 1) keys[at] = keys[at - 1] ?? '';
  keys[position] = key;
}

function removeAt(keys: string[], position: number): void {
  for (let at = position + 1; at < keys.length; at += 1) keys[at - 1] = keys[at] ?? '';
  keys.pop();
}

/** The first place whose key is greater than `key`. */
function upperBound(keys: readonly string[], key: string): number {
  const position = lowerBound(keys, key);
  return keys[position] === key ? position + 1 : position;
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
