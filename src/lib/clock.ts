/** Milliseconds since the Unix epoch. Branded so that a duration cannot pass for a point in time. */
export type Instant = number & { readonly __brand: 'Instant' };

/** Reads a plain number of epoch milliseconds as an instant. */
export const instant = (epochMs: number): Instant => epochMs as Instant;

/** The instant `ms` milliseconds after (or, negative, before) `from`. */
export const plusMs = (from: Instant, ms: number): Instant => (from + ms) as Instant;

/** Resolves behind everything that has arrived by now: long work that waits for it between its parts stops nobody. */
export const laterTurn = (clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    clock.schedule(clock.now(), resolve);
  });

/** The only source of time outside the pure core. Tests and the simulator pass a virtual one. */
export interface Clock {
  now(): Instant;
  /** Runs `callback` once, at or after `at`. Calling the returned function cancels; twice is harmless. */
  schedule(at: Instant, callback: () => void): () => void;
  /**
   * When the time was last set to another one, as the new time has it; undefined when it never was. Instants of before say
   * nothing about how long ago they were. Absent for clocks that nobody sets. (HARD-52)
   */
  jumpedAt?(): Instant | undefined;
}
