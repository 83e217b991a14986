import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeySet } from './key-set.ts';

const keyOf = (number: number): string => String(number).padStart(5, '0');

test('KeySet lists in order what was added and not deleted, from any key on, small and large', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3000 }),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3000 })), { maxLength: 300 }),
      fc.integer({ min: 0, max: 3000 }),
      (bulkCount, steps, start) => {
        const keys = new KeySet();
        const model = new Set<string>();
        // 7919 is coprime to 3001, so this visits all keys in a scattered order.
        const bulk = Array.from({ length: bulkCount }, (_, index) => keyOf((index * 7919) % 3001));
        for (const key of bulk) {
          keys.add(key);
          model.add(key);
        }
        for (const [adds, number] of steps) {
          const key = keyOf(number);
          adds ? keys.add(key) : keys.delete(key);
          adds ? model.add(key) : model.delete(key);
        }
        const sorted = [...model].sort();
        expect(keys.size).toBe(sorted.length);
        expect([...keys.after(undefined)]).toEqual(sorted);
        expect([...keys.after(keyOf(start))]).toEqual(sorted.filter((key) => key > keyOf(start)));
      },
    ),
    { numRuns: 60 },
  );
});

test('KeySet can be emptied and filled again', () => {
  const keys = new KeySet();
  const all = Array.from({ length: 2_000 }, (_, index) => keyOf(index));
  for (const key of all) keys.add(key);
  for (const key of all) keys.delete(key);
  expect([...keys.after(undefined)]).toEqual([]);
  keys.add('z');
  keys.add('a');
  expect([...keys.after(undefined)]).toEqual(['a', 'z']);
});
