import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CapacityProviderStrategyItem } from '../../shapes/generated/ecs.ts';
import { splitByStrategy } from './provider-split.ts';

const anyStrategy: fc.Arbitrary<readonly CapacityProviderStrategyItem[]> = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .chain((weights) =>
    fc.record({ at: fc.nat(weights.length - 1), base: fc.nat(12) }).map(({ at, base }) =>
      weights.map((weight, place) => ({
        capacityProvider: `p${place}`,
        weight,
        base: place === at ? base : 0,
      })),
    ),
  );

const countsOf = (names: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

describe('splitByStrategy', () => {
  test('[TSK-5] weights of 1 and 4 give one task to four', () => {
    const strategy = [
      { capacityProvider: 'a', weight: 1 },
      { capacityProvider: 'b', weight: 4 },
    ];
    expect(countsOf(splitByStrategy(strategy, 100))).toEqual(
      new Map([
        ['a', 20],
        ['b', 80],
      ]),
    );
  });

  test('[TSK-5] the base comes first, and all of it', () => {
    fc.assert(
      fc.property(anyStrategy, fc.nat(30), (strategy, count) => {
        const names = splitByStrategy(strategy, count);
        const withBase = strategy.find(({ base = 0 }) => base > 0);
        const first = names.slice(0, withBase?.base ?? 0);
        expect(names).toHaveLength(count);
        expect(first.every((name) => name === withBase?.capacityProvider)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('[TSK-5] beyond the base no provider is more than one task from its share, and none without a weight has any', () => {
    fc.assert(
      fc.property(anyStrategy, fc.nat(60), (strategy, count) => {
        const counts = countsOf(splitByStrategy(strategy, count));
        const base = Math.min(count, Math.max(...strategy.map((item) => item.base ?? 0)));
        const total = strategy.reduce((sum, { weight = 0 }) => sum + weight, 0);
        for (const { capacityProvider, weight = 0, base: own = 0 } of strategy) {
          const beyond = (counts.get(capacityProvider) ?? 0) - Math.min(own, count);
          const share = ((count - base) * weight) / total;
          if (weight === 0) expect(beyond).toBe(0);
          expect(Math.abs(beyond - share)).toBeLessThanOrEqual(strategy.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('[TSK-5] in parts or at once, the split is the same', () => {
    fc.assert(
      fc.property(anyStrategy, fc.nat(20), fc.nat(20), (strategy, first, second) => {
        const before = splitByStrategy(strategy, first);
        const after = splitByStrategy(strategy, second, countsOf(before));
        expect([...before, ...after]).toEqual(splitByStrategy(strategy, first + second));
      }),
      { numRuns: 200 },
    );
  });
});
