import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedValues, redeploysOnChange } from './redeploy.ts';

const KEY = 'gantry.redeploy-on-secret-change';

describe('redeploysOnChange', () => {
  test.each([
    [[], [{}], false],
    [[{ key: KEY, value: 'true' }], [], true],
    [[{ key: KEY, value: 'false' }], [], false],
    [[{ key: KEY }], [{ dockerLabels: { [KEY]: '' } }], false],
    [[], [{}, { dockerLabels: { [KEY]: 'true' } }], true],
  ])('[TSC-9] %o and %o: %s', (tags, containers, expected) => {
    expect(redeploysOnChange(tags, containers)).toBe(expected);
  });
});

describe('changedValues', () => {
  const versions = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));

  test('[TSC-9] exactly what has one version before and another now', () => {
    fc.assert(
      fc.property(versions, versions, (before, now) => {
        const expected = ['a', 'b', 'c'].filter(
          (name) => before[name] !== undefined && now[name] !== undefined && before[name] !== now[name],
        );
        expect([...changedValues(before, now)].sort()).toEqual(expected);
      }),
    );
  });
});
