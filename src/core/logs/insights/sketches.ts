/** Values that are kept one by one; more are kept in buckets, and answers are near ones. (LOG-33) */
const EXACT_MAX_COUNT = 10_000;
/** Neighbouring buckets differ by this factor, so a percentile of many values is right within 1 %. */
const BUCKET_FACTOR = 1.02;

/** Percentiles of any number of values in little memory. */
export class Quantiles {
  #exact: number[] | undefined = [];
  readonly #buckets = new Map<number, number>();
  #count = 0;

  add(value: number): void {
    this.#count += 1;
    if (this.#exact === undefined) {
      this.#addToBucket(value);
      return;
    }
    this.#exact.push(value);
    if (this.#exact.length <= EXACT_MAX_COUNT) return;
    for (const each of this.#exact) this.#addToBucket(each);
    this.#exact = undefined;
  }

  /** The value below which this share of the values lie, from 0 to 1; undefined of none. */
  at(share: number): number | undefined {
    const rank = Math.max(0, Math.ceil(share * this.#count) - 1);
    if (this.#exact !== undefined) return this.#exact.toSorted((left, right) => left - right)[rank];
    let before = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([left], [right]) => left - right)) {
      before += count;
      if (before > rank) return valueIn(bucket);
    }
    return undefined;
  }

  #addToBucket(value: number): void {
    const bucket = bucketOf(value);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }
}

/** Buckets of negative numbers lie below 0, those of values near 0 are 0. */
const SMALLEST = 1e-9;
const OFFSET = Math.ceil(-Math.log(SMALLEST) / Math.log(BUCKET_FACTOR)) + 1;

function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < SMALLEST) return 0;
  return Math.sign(value) * (Math.round(Math.log(size) / Math.log(BUCKET_FACTOR)) + OFFSET);
}

const valueIn = (bucket: number): number =>
  bucket === 0 ? 0 : Math.sign(bucket) * BUCKET_FACTOR ** (Math.abs(bucket) - OFFSET);

const DISTINCT_MAX_COUNT = 20_000;

/** Counts different texts: exactly up to 20,000, beyond that about. (LOG-33) */
export class DistinctCount {
  /** Hashes whose last bits are zero, as many as `#depth` says. */
  #kept = new Set<number>();
  #depth = 0;

  add(text: string): void {
    const hash = hashOf(text);
    if (!this.#isKept(hash)) return;
    this.#kept.add(hash);
    if (this.#kept.size <= DISTINCT_MAX_COUNT) return;
    this.#depth += 1;
    this.#kept = new Set([...this.#kept].filter((each) => this.#isKept(each)));
  }

  count(): number {
    return this.#kept.size * 2 ** this.#depth;
  }

  #isKept(hash: number): boolean {
    return hash % 2 ** this.#depth === 0;
  }
}

/** 52 bits of two hashes of different seeds, so that different texts hardly ever share one. */
function hashOf(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 13;
  }
  low ^= low >>> 15;
  low = Math.imul(low, 0xc2b2ae35);
  return (high >>> 12) * 2 ** 32 + (low >>> 0);
}
