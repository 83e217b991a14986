import type { GarbageFigures } from './scale-garbage.ts';
import type { ReadFigures } from './scale-reads.ts';
import { type BenchRow, quantile, rounded, verdict } from './table.ts';

/** What users would find slow. */
const SLOW_MS = 20;

/** How long reads took during a phase. */
export function readsRow(what: string, { latenciesMs, failedCount }: ReadFigures): BenchRow {
  const p99 = quantile(latenciesMs, 0.99);
  const slowCount = latenciesMs.filter((latencyMs) => latencyMs > SLOW_MS).length;
  return {
    what,
    reads: rounded(latenciesMs.length),
    'p50, ms': rounded(quantile(latenciesMs, 0.5), 1),
    'p99, ms': rounded(p99, 1),
    'p99.9, ms': rounded(quantile(latenciesMs, 0.999), 1),
    [`above ${SLOW_MS} ms, %`]: rounded((slowCount * 100) / latenciesMs.length, 2),
    'target, p99': verdict(p99, { atMost: SLOW_MS }),
    failed: failedCount,
  };
}

/** How long the main thread stood still for its garbage during a phase. */
export const garbageRow = (what: string, { minor, major }: GarbageFigures): BenchRow => ({
  what,
  'minor, count': rounded(minor.count),
  'minor, total': rounded(minor.totalMs),
  'minor, longest': rounded(minor.longestMs, 1),
  'major, count': rounded(major.count),
  'major, total': rounded(major.totalMs),
  'major, longest': rounded(major.longestMs, 1),
});
