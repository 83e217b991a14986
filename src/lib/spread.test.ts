import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from './clock.ts';
import { beatOf, firstBeatAt, lastBeat, nextBeatAt } from './spread.ts';

const anInstant = fc.integer({ min: 0, max: 2_000_000_000_000 }).map(instant);
const aBeat = fc
  .record({
    key: fc.string(),
    periodMs: fc.integer({ min: 2, max: 60_000 }),
    roundCount: fc.integer({ min: 1, max: 120 }),
  })
  .map(({ key, periodMs, roundCount }) => beatOf(key, periodMs, roundCount));

describe('spread', () => {
  test('[ASN-12] the first beat comes within a period, and is the one after the last', () => {
    fc.assert(
      fc.property(anInstant, aBeat, (now, beat) => {
        const at = firstBeatAt(now, beat);
        expect(at).toBeGreaterThan(now);
        expect(at).toBeLessThanOrEqual(now + beat.periodMs);
        expect(lastBeat(at, beat)).toBe(lastBeat(now, beat) + 1);
      }),
    );
  });

  test('[ASN-12] being late by less than half a period moves no later beat', () => {
    fc.assert(
      fc.property(anInstant, aBeat, fc.nat(), (now, beat, late) => {
        const at = firstBeatAt(now, beat);
        const handledAt = instant(at + (late % Math.ceil(beat.periodMs / 2)));
        expect(nextBeatAt(handledAt, beat)).toBe(at + beat.periodMs);
      }),
    );
  });

  test('[ASN-12] whatever the clock was set to, the next beat is half a period to one and a half away, and in place', () => {
    fc.assert(
      fc.property(anInstant, aBeat, (now, beat) => {
        const at = nextBeatAt(now, beat);
        expect(at - now).toBeGreaterThanOrEqual(beat.periodMs / 2);
        expect(at - now).toBeLessThanOrEqual(beat.periodMs * 1.5);
        expect(firstBeatAt(instant(at - 1), beat)).toBe(at);
      }),
    );
  });

  test('[ASN-12] the places of many names lie evenly over the whole round, and so over its parts', () => {
    const [hostCount, periodMs, roundCount] = [5_000, 5_000, 120];
    const hosts = Array.from(
      { length: hostCount },
      (_, index) => `arn:aws:ecs:r:1:container-instance/c/${index}`,
    );
    for (const partMs of [periodMs, 6 * periodMs, 12 * periodMs, roundCount * periodMs]) {
      const counts = new Map<number, number>();
      for (const host of hosts) {
        const hundredth = Math.floor(((beatOf(host, periodMs, roundCount).placeMs % partMs) / partMs) * 100);
        counts.set(hundredth, (counts.get(hundredth) ?? 0) + 1);
      }
      // 50 are expected in each hundredth.
      expect(counts.size).toBe(100);
      expect(Math.max(...counts.values())).toBeLessThan(100);
    }
  });
});
