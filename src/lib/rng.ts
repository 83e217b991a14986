/** A small seeded generator (mulberry32) for replayable choices. Never for secrets. */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, below). `below` is at least 1. */
  below(below: number): number;
  /** A generator of its own for `name`, so that one more draw in one place does not shift the others. */
  fork(name: string): Rng;
}

/** Makes a generator whose draws depend on `seed` alone. */
export function seededRng(seed: string): Rng {
  let state = hash(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    below: (below) => Math.floor(next() * below),
    fork: (name) => seededRng(`${seed}/${name}`),
  };
}

/** FNV-1a over UTF-16 units: enough to spread seeds. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
