import type { MetricPoint, Summary } from '../../domain/metrics.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';

/** How long points are kept. (MET-2) */
export const METRICS_KEPT_MS = 15 * 24 * 3_600_000;

const MINUTE_MS = 60_000;

/** The minute that an instant is in, counted from the Unix epoch. */
export const minuteOf = (at: Instant): number => Math.floor(at / MINUTE_MS);

/** The first minute that is still kept. (MET-2) */
export const firstKeptMinute = (now: Instant): number => minuteOf(plusMs(now, -METRICS_KEPT_MS));

/** The summary of no sample. */
export const NO_SAMPLES: Summary = { min: 0, max: 0, sum: 0, count: 0 };

/** Two summaries as if all samples had been taken together. */
export function mergeSummaries(one: Summary, other: Summary): Summary {
  if (one.count === 0) return other;
  if (other.count === 0) return one;
  return {
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    sum: one.sum + other.sum,
    count: one.count + other.count,
  };
}

/** Two points of one container and minute as one. `later` names the series and the restarts. (MET-1) */
export const mergePoints = (earlier: MetricPoint, later: MetricPoint): MetricPoint => ({
  ...later,
  cpuUnits: mergeSummaries(earlier.cpuUnits, later.cpuUnits),
  memoryMib: mergeSummaries(earlier.memoryMib, later.memoryMib),
  receivedBytes: earlier.receivedBytes + later.receivedBytes,
  sentBytes: earlier.sentBytes + later.sentBytes,
  readBytes: earlier.readBytes + later.readBytes,
  writtenBytes: earlier.writtenBytes + later.writtenBytes,
  restartCount: Math.max(earlier.restartCount, later.restartCount),
});

/** All samples of several points, e.g. of an hour. `points` has at least one. */
export const mergeAll = (points: readonly MetricPoint[]): MetricPoint => points.reduce(mergePoints);

/** The mean of all samples; 0 of none. */
export const averageOf = ({ sum, count }: Summary): number => (count === 0 ? 0 : sum / count);

/**
 * What a counter that only grows has grown by since it was read before. Nothing is known at its first reading; one
 * that is smaller than before began again at 0. (MET-3)
 */
export function growth(before: number | undefined, now: number): number {
  if (before === undefined) return 0;
  return now < before ? now : now - before;
}
