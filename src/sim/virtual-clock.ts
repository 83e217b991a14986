import type { Clock, Instant } from '../lib/clock.ts';

interface Timer {
  readonly at: Instant;
  readonly sequence: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Time that moves only when the earliest waiting callback is asked for: an hour of a simulated run costs milliseconds. */
export class VirtualClock implements Clock {
  /** A heap: the earliest timer is in front. Cancelled ones stay until they come there. */
  readonly #heap: Timer[] = [];
  #now: Instant;
  #sequence = 0;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  schedule(at: Instant, callback: () => void): () => void {
    const timer = {
      at: at < this.#now ? this.#now : at,
      sequence: this.#sequence,
      callback,
      isCancelled: false,
    };
    this.#sequence += 1;
    this.#push(timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  /** When the earliest callback is due; undefined when none waits. */
  nextAt(): Instant | undefined {
    return this.#first()?.at;
  }

  /** Moves to the earliest callback and runs it. Of several at one instant the one that was asked for first comes first. */
  step(): void {
    const timer = this.#first();
    if (timer === undefined) return;
    this.#pop();
    this.#now = timer.at;
    timer.callback();
  }

  #first(): Timer | undefined {
    while (this.#heap[0]?.isCancelled === true) this.#pop();
    return this.#heap[0];
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isEarlier(parent, timer)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const below = 2 * at + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left === undefined) break;
      const isRight = right !== undefined && isEarlier(right, left);
      const child = isRight ? right : left;
      if (isEarlier(last, child)) break;
      heap[at] = child;
      at = isRight ? below + 1 : below;
    }
    heap[at] = last;
  }
}

const isEarlier = (one: Timer, other: Timer): boolean =>
  one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
