import type { Clock, Instant } from '../lib/clock.ts';

interface Timer {
  readonly at: Instant;
  readonly sequence: number;
  readonly callback: () => void;
}

/** Time that moves only when the earliest waiting callback is asked for: an hour of a simulated run costs milliseconds. */
export class VirtualClock implements Clock {
  readonly #timers: Timer[] = [];
  #now: Instant;
  #sequence = 0;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  schedule(at: Instant, callback: () => void): () => void {
    const timer = { at: at < this.#now ? this.#now : at, sequence: this.#sequence, callback };
    this.#sequence += 1;
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
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
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    this.#now = timer.at;
    timer.callback();
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      const isEarlier =
        first === undefined ||
        timer.at < first.at ||
        (timer.at === first.at && timer.sequence < first.sequence);
      if (isEarlier) first = timer;
    }
    return first;
  }
}
