import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DistinctCount, Quantiles } from './sketches.ts';

describe('Quantiles', () => {
  test('[LOG-33] of few values the percentile is one of them, at its rank', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const quantiles = new Quantiles();
          for (const value of values) quantiles.add(value);
          const sorted = values.toSorted((left, right) => left - right);
          expect(quantiles.at(share)).toBe(sorted[Math.max(0, Math.ceil(share * values.length) - 1)]);
        },
      ),
    );
  });

  test('[LOG-33] of many values it is right within 1 %, below zero too', () => {
    const quantiles = new Quantiles();
    for (let value = -20_000; value <= 20_000; value += 1) quantiles.add(value);
    for (const [share, value] of [
      [0.01, -19_600],
      [0.25, -10_000],
      [0.75, 10_000],
      [0.99, 19_600],
    ] as const) {
      expect(Math.abs((quantiles.at(share) ?? 0) / value - 1)).toBeLessThan(0.0101);
    }
  });
});

describe('DistinctCount', () => {
  test('[LOG-33] is exact up to 20,000 values and near beyond', () => {
    const count = new DistinctCount();
    for (let index = 0; index < 20_000; index += 1) {
      count.add(`value ${index}`);
      count.add(`value ${index}`);
    }
    expect(count.count()).toBe(20_000);
    for (let index = 0; index < 100_000; index += 1) count.add(`value ${index}`);
    expect(Math.abs(count.count() / 100_000 - 1)).toBeLessThan(0.05);
  });
});
