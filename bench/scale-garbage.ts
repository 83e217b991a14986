import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** Pauses of one kind, in ms. */
interface Pauses {
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

/** How long this thread stood still for its garbage. */
export interface GarbageFigures {
  /** Collections of the young. */
  readonly minor: Pauses;
  /** Collections of all, and the steps of marking that came before them. */
  readonly major: Pauses;
}

/** Hears of the collections of the thread in which it was made; those of other threads' heaps do not stop it. */
export class GarbageWatch {
  #entries: PerformanceEntry[] = [];
  readonly #observer = new PerformanceObserver((list) => void this.#entries.push(...list.getEntries()));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** What there was since the last time. */
  take(): GarbageFigures {
    const entries = [...this.#entries, ...this.#observer.takeRecords()];
    this.#entries = [];
    return {
      minor: pausesOf(entries.filter(isMinor)),
      major: pausesOf(entries.filter((entry) => !isMinor(entry))),
    };
  }

  stop(): void {
    this.#observer.disconnect();
  }
}

/** The types of Node leave out what its own entries say besides. */
type GarbageEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

const isMinor = (entry: PerformanceEntry): boolean =>
  (entry as GarbageEntry).detail.kind === constants.NODE_PERFORMANCE_GC_MINOR;

const pausesOf = (entries: readonly PerformanceEntry[]): Pauses => ({
  count: entries.length,
  totalMs: entries.reduce((sum, { duration }) => sum + duration, 0),
  longestMs: entries.reduce((longest, { duration }) => Math.max(longest, duration), 0),
});
