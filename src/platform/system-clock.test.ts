import { describe, expect, test } from 'vitest';
import { jumpWatch } from './system-clock.ts';

describe('jumpWatch', () => {
  const given = () => {
    const times = { wall: 1_000_000, steady: 0 };
    const jumpedAt = jumpWatch({ wallMs: () => times.wall, steadyMs: () => times.steady });
    const pass = (wallMs: number, steadyMs: number): number | undefined => {
      times.wall += wallMs;
      times.steady += steadyMs;
      return jumpedAt();
    };
    return pass;
  };

  test('[HARD-52] sees no jump in time that passes, even if it is slewed', () => {
    const pass = given();
    expect(pass(60_000, 60_000)).toBeUndefined();
    expect(pass(69_999, 60_000)).toBeUndefined();
    expect(pass(50_001, 60_000)).toBeUndefined();
  });

  test.each([{ jumpMs: 3_600_000 }, { jumpMs: -3_600_000 }, { jumpMs: 10_000 }, { jumpMs: -10_000 }])(
    '[HARD-52] sees a jump of $jumpMs ms, and until the next one says when it was',
    ({ jumpMs }) => {
      const pass = given();
      const jumpedAt = 1_000_000 + 5_000 + jumpMs;
      expect(pass(5_000 + jumpMs, 5_000)).toBe(jumpedAt);
      expect(pass(60_000, 60_000)).toBe(jumpedAt);
    },
  );
});
