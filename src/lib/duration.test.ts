import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DURATION_MAX_MS, readDurationMs } from './duration.ts';

test('durations have a unit, 0 excepted', () => {
  expect(['0', '0s', '500ms', '2s', '1.5m', '1h'].map(readDurationMs)).toEqual([
    0, 0, 500, 2000, 90_000, 3_600_000,
  ]);
  expect(['', '5', 's', '-1s', '1e3ms', '1 s', '1d'].map(readDurationMs)).toEqual(Array(7).fill(undefined));
});

test('a week is the longest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => {
      expect(readDurationMs(`${ms}ms`)).toBe(ms <= DURATION_MAX_MS ? ms : undefined);
    }),
  );
  expect(readDurationMs('168h')).toBe(DURATION_MAX_MS);
  expect(readDurationMs('10081m')).toBeUndefined();
});
