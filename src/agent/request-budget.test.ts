import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestBudget } from './request-budget.ts';

test('[TMD-8] whoever asks gets the burst and then the rate, and others are not less for it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 400 }), (pauses) => {
      const budget = requestBudget({ perSecond: 40, burst: 60 });
      let nowMs = 0;
      let allowed = 0;
      for (const pauseMs of pauses) {
        nowMs += pauseMs;
        if (budget.allows('one', nowMs)) allowed += 1;
      }
      expect(allowed).toBeLessThanOrEqual(60 + (nowMs / 1000) * 40 + 1e-6);
      expect(allowed).toBeGreaterThanOrEqual(Math.min(pauses.length, 60));
      expect(budget.allows('other', nowMs)).toBe(true);
    }),
  );
});

test('[TMD-8] a source that asks slower than the rate is never refused', () => {
  const budget = requestBudget({ perSecond: 40, burst: 60 });
  for (let at = 0; at < 1_000; at += 1) expect(budget.allows('one', at * 25)).toBe(true);
});
