import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepRecent } from './keep-recent.ts';

test('a map that remembers has the last keys that were put, with their last values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(6), fc.nat()), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      (puts, mostCount) => {
        const map = new Map<number, number>();
        for (const [key, value] of puts) keepRecent(map, key, { value, mostCount });
        const last = new Map<number, number>();
        for (const [key, value] of puts.toReversed()) if (!last.has(key)) last.set(key, value);
        expect([...map].toReversed()).toEqual([...last].slice(0, mostCount));
      },
    ),
  );
});
