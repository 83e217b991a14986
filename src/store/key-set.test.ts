import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeySet } from './key-set.ts';

const keyOf = (number: number): string => String(number).padStart(5, '0');

test('KeySet lists in order what was added and not deleted, from any key on, as many as asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3000 }),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3000 })), { maxLength: 300 }),
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: -1, max: 3000 }),
      (bulkCount, steps, start, limit) => {
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
        expect(keys.keys({})).toEqual(sorted);
        const after = keyOf(start);
        const later = sorted.filter((key) => key > after);
        expect(keys.keys({ after })).toEqual(later);
        expect(keys.keys({ after, limit })).toEqual(later.slice(0, Math.max(0, limit)));
        expect(keys.keys({ limit: sorted.length })).toEqual(sorted);
      },
    ),
    { numRuns: 60 },
  );
});

test("what KeySet lists is the caller's own", () => {
  const keys = new KeySet();
  for (let number = 0; number < 1_000; number += 1) keys.add(keyOf(number));
  for (const range of [{}, { limit: 3 }, { after: keyOf(990) }]) keys.keys(range).fill('changed');
  expect(keys.keys({})).toEqual(Array.from({ length: 1_000 }, (_, number) => keyOf(number)));
});

test('KeySet can be emptied and filled again', () => {
  const keys = new KeySet();
  const all = Array.from({ length: 2_000 }, (_, index) => keyOf(index));
  for (const key of all) keys.add(key);
  for (const key of all) keys.delete(key);
  expect(keys.keys({})).toEqual([]);
  keys.add('z');
  keys.add('a');
  expect(keys.keys({})).toEqual(['a', 'z']);
});
