import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IndexDifference } from './index-difference.ts';
import { hasValue } from './index-values.ts';
import { KeyIndex } from './key-index.ts';
import type { IndexValue } from './store.ts';

const VALUES = ['p', 'q', 'r'];
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** None, one, several, with repeats: all that an index may yield. */
const anyValue: fc.Arbitrary<IndexValue> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(...VALUES),
  fc.array(fc.constantFrom(...VALUES), { maxLength: 4 }),
);
const anyStep = fc.record({
  key: fc.constantFrom(...KEYS),
  durable: anyValue,
  head: anyValue,
});
const anyRange = fc.record({
  after: fc.option(fc.constantFrom('', ...KEYS, 'z'), { nil: undefined }),
  limit: fc.option(fc.integer({ min: -1, max: 10 }), { nil: undefined }),
});

interface Both {
  readonly durable: IndexValue;
  readonly head: IndexValue;
}

test("[STO-2] an index of the durable state is the head's with the difference, whatever the two have", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), anyRange, (steps, range) => {
      const model = new Map<string, Both>();
      const difference = new IndexDifference();
      const head = new KeyIndex();
      for (const { key, ...to } of steps) {
        const from = model.get(key);
        difference.remove(key, from?.durable, from?.head);
        difference.add(key, to.durable, to.head);
        head.delete(key, from?.head, to.head);
        head.add(key, to.head, from?.head);
        model.set(key, to);
      }
      for (const value of VALUES) {
        const all = KEYS.filter((key) => hasValue(model.get(key)?.durable, value));
        const { after = '', limit = all.length } = range;
        expect(difference.keysIn(head, value, {})).toEqual(all);
        expect(difference.keysIn(head, value, range)).toEqual(
          all.filter((key) => key > after).slice(0, Math.max(0, limit)),
        );
        expect(difference.countIn(head, value)).toBe(all.length);
      }
    }),
    { numRuns: 300 },
  );
});
