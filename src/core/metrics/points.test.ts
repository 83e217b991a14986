import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../domain/metrics.ts';
import { instant } from '../../lib/clock.ts';
import { averageOf, firstKeptMinute, growth, mergeSummaries, minuteOf, NO_SAMPLES } from './points.ts';

const samples = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 8 });
const summaryOf = (values: readonly number[]): Summary =>
  values.reduce(
    (sum, value) => mergeSummaries(sum, { min: value, max: value, sum: value, count: 1 }),
    NO_SAMPLES,
  );

describe('points', () => {
  test('[MET-1] however samples are put together, the summary is that of all', () => {
    fc.assert(
      fc.property(samples, samples, samples, (one, two, three) => {
        const all = [...one, ...two, ...three];
        const merged = mergeSummaries(summaryOf(one), mergeSummaries(summaryOf(two), summaryOf(three)));
        expect(merged).toEqual(summaryOf(all));
        expect(merged.count).toBe(all.length);
        if (all.length > 0) {
          expect(merged).toMatchObject({ min: Math.min(...all), max: Math.max(...all) });
          expect(averageOf(merged)).toBeGreaterThanOrEqual(merged.min);
          expect(averageOf(merged)).toBeLessThanOrEqual(merged.max);
        }
      }),
    );
    expect(averageOf(NO_SAMPLES)).toBe(0);
  });

  test('[MET-3] a counter that only grows has grown by its end less its beginning; a new life counts from 0', () => {
    fc.assert(
      fc.property(fc.nat(1000), samples, fc.nat(999), (first, steps, reborn) => {
        let counter = first;
        let grown = growth(undefined, first);
        for (const step of steps) {
          grown += growth(counter, counter + step);
          counter += step;
        }
        expect(grown).toBe(counter - first);
        if (reborn < counter) expect(growth(counter, reborn)).toBe(reborn);
      }),
    );
  });

  test('[MET-2] fifteen days are kept, to the minute', () => {
    const now = instant(1_795_358_293_501);
    expect(minuteOf(now) - firstKeptMinute(now)).toBe(15 * 24 * 60);
  });
});
