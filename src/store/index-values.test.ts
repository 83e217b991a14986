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

const sameTexts = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

test('[STO-1] two rows are the same to an index exactly when their values are, and a row read again is as before', () => {
  fc.assert(
    fc.property(fc.array(fc.option(anyItem, { nil: undefined }), { minLength: 2, maxLength: 8 }), (rows) => {
      const { readings } = indexReader(items as never);
      rows.forEach((row, at) => {
        const values = row && [
          '',
          row.status,
          row.group === undefined ? undefined : `${row.group} ${row.status}`,
          row.tags,
        ];
        const before = rows[at - 1];
        const old = readings.map((reading) => reading.valueOf(before));
        readings.forEach((reading, position) => {
          expect(reading.isSame(before, row)).toBe(sameTexts(old[position], values?.[position]));
          expect(reading.valueOf(row)).toEqual(values?.[position]);
          expect(reading.valueOf(row)).toEqual(values?.[position]);
        });
      });
    }),
  );
});

test('an index of members is read only for rows whose members changed, and once for each, as long as it is remembered', () => {
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
  const reading = reader.readings[reader.positionOf('tag')];
  const first: Item = { id: 'a', status: 'on', tags: ['p'] };
  expect(reading?.isSame(first, { ...first, status: 'off' })).toBe(true);
  expect(readCount).toBe(0);
  const next: Item = { ...first, tags: ['q'] };
  for (let times = 0; times < 3; times += 1) expect(reading?.isSame(first, next)).toBe(false);
  expect(readCount).toBe(2);
  for (let count = 0; count < 5_000; count += 1) {
    expect(reading?.valueOf({ ...first, tags: [`${count}`] })).toEqual([`${count}`]);
  }
  expect(reading?.valueOf(first)).toEqual(['p']);
  expect(readCount).toBe(5_003);
});

test('an index that is not declared is an error', () => {
  const reader = indexReader(items as never);
  expect(reader.positionOf('tag')).toBe(reader.readings.length - 1);
  expect(() => reader.positionOf('none')).toThrow('no index named none');
});
