import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexReader } from './index-values.ts';
import { memberIndex } from './member-index.ts';
import type { Collection } from './store.ts';

interface Item {
  readonly id: string;
  readonly group?: string | undefined;
  readonly status: string;
  readonly tags: readonly string[];
}

const items: Collection<Item, 'status' | 'group' | 'tag'> = {
  name: 'items',
  key: (item) => item.id,
  indexes: {
    status: (item) => item.status,
    group: memberIndex(['group', 'status'], (item) =>
      item.group === undefined ? undefined : `${item.group} ${item.status}`,
    ),
    tag: memberIndex(['tags'], (item) => item.tags),
  },
};

/** The same lists again and again, as rows have them that are made of one another, and lists of their own. */
const tags = fc.oneof(
  fc.constantFrom(...[[], ['p'], ['p', 'q']]),
  fc.array(fc.constantFrom('p', 'q'), { maxLength: 3 }),
);
const anyItem: fc.Arbitrary<Item> = fc.record({
  id: fc.constant('a'),
  group: fc.constantFrom('x', 'y', undefined),
  status: fc.constantFrom('on', 'off'),
  tags,
});
const valuesOf = ({ group, status, tags }: Item): unknown => [
  '',
  status,
  group === undefined ? undefined : `${group} ${status}`,
  tags,
];

test('[STO-1] a row that follows another has the values that it would have alone', () => {
  fc.assert(
    fc.property(fc.array(anyItem, { minLength: 1, maxLength: 8 }), (rows) => {
      const reader = indexReader(items as never);
      rows.forEach((row, at) => {
        expect(reader.valuesOf(row, rows[at - 1])).toEqual(valuesOf(row));
      });
    }),
  );
});

test('a row with the values of the one before shares them, and reads only indexes whose members changed', () => {
  let readCount = 0;
  const counted: Collection<Item, 'tag'> = {
    name: 'counted',
    key: (item) => item.id,
    indexes: {
      tag: memberIndex(['tags'], (item) => {
        readCount += 1;
        return item.tags;
      }),
    },
  };
  const reader = indexReader(counted as never);
  const first: Item = { id: 'a', status: 'on', tags: ['p'] };
  const second: Item = { ...first, status: 'off' };
  const third: Item = { ...second, tags: ['p'] };
  const values = reader.valuesOf(first);
  expect(reader.valuesOf(second, first)).toBe(values);
  expect(readCount).toBe(1);
  expect(reader.valuesOf(third, second)).toBe(values);
  expect(readCount).toBe(2);
  expect(reader.valuesOf({ ...third, tags: ['q'] }, third)).toEqual(['', ['q']]);
});

test('an absent row has no values, and an index that is not declared is an error', () => {
  const reader = indexReader(items as never);
  expect(reader.valuesOf(undefined)).toEqual([undefined, undefined, undefined, undefined]);
  expect(reader.indexCount).toBe(4);
  expect(reader.positionOf('tag')).toBe(3);
  expect(() => reader.positionOf('none')).toThrow('no index named none');
});
