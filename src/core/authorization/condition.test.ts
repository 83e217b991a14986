// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of policies look like that.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditionOf } from './condition.ts';
import { wildcardMatcher } from './pattern.ts';
import { keysOf } from './testing.ts';

type Values = Readonly<Record<string, string | readonly string[]>>;

const met = (element: object, values: Values = {}, reading = { variables: true, isDeny: false }): boolean =>
  conditionOf(element, reading)?.(keysOf(values)) ?? true;

/** Operator, value of the policy, a value that meets it and one that does not. */
const SIDES: readonly (readonly [string, string, string, string])[] = [
  ['StringEquals', 'a', 'a', 'A'],
  ['StringEquals', 'a*', 'a*', 'ab'],
  ['StringNotEquals', 'a', 'A', 'a'],
  ['StringEqualsIgnoreCase', 'aB', 'Ab', 'ac'],
  ['StringNotEqualsIgnoreCase', 'aB', 'ac', 'Ab'],
  ['StringLike', 'a*c?', 'abbcd', 'abbc'],
  ['StringNotLike', 'a*c?', 'abbc', 'abbcd'],
  ['NumericEquals', '10', '10.0', '11'],
  ['NumericNotEquals', '10', '11', '10'],
  ['NumericLessThan', '10', '9', '10'],
  ['NumericLessThanEquals', '10', '10', '10.5'],
  ['NumericGreaterThan', '10', '11', '10'],
  ['NumericGreaterThanEquals', '10', '10', '9'],
  ['NumericEquals', '10', '10', 'ten'],
  ['DateEquals', '2026-01-15T12:00:00Z', '1768478400', '1768478401'],
  ['DateNotEquals', '2026-01-15T12:00:00Z', '1768478401', '1768478400'],
  ['DateLessThan', '2026-01-15T12:00:00Z', '2026-01-15T11:59:59Z', '2026-01-15T12:00:00Z'],
  ['DateLessThanEquals', '2026-01-15T12:00:00Z', '2026-01-15T12:00:00Z', '2026-01-15T12:00:01Z'],
  ['DateGreaterThan', '2026-01-15', '2026-01-16', '2026-01-15'],
  ['DateGreaterThanEquals', '2026-01-15', '2026-01-15', '2026-01-14'],
  ['Bool', 'true', 'true', 'false'],
  ['Bool', 'False', 'false', 'true'],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', 'qmluYXJ5'],
  ['IpAddress', '10.1.0.0/16', '10.1.255.255', '10.2.0.0'],
  ['IpAddress', '10.1.2.3', '10.1.2.3', '10.1.2.4'],
  ['IpAddress', '2001:db8::/32', '2001:db8:1::1', '2001:db9::1'],
  ['IpAddress', '127.0.0.0/8', '::ffff:127.0.0.1', '::1'],
  ['IpAddress', '0.0.0.0/0', '1.2.3.4', 'somewhere'],
  ['NotIpAddress', '10.1.0.0/16', '10.2.0.0', '10.1.0.1'],
  ['ArnEquals', 'arn:aws:ecs:*:1:cluster/?', 'arn:aws:ecs:r:1:cluster/a', 'arn:aws:ecs:r:1:cluster/ab'],
  ['ArnLike', 'arn:aws:ecs:*:cluster/*:x', 'arn:aws:ecs:r:cluster/a:x', 'arn:aws:ecs:r:1:cluster/a:x'],
  ['ArnNotEquals', 'arn:aws:ecs:*:1:cluster/*', 'arn:aws:ecs:r:2:cluster/a', 'arn:aws:ecs:r:1:cluster/a/b:c'],
  ['ArnNotLike', 'arn:aws:ecs:*:1:cluster/*', 'arn:aws:ecs:r:2:cluster/a', 'arn:aws:ecs:r:1:cluster/a'],
];

const isNegated = (operator: string): boolean => operator.includes('Not');

describe('condition operators', () => {
  test.each(SIDES)('[AUTH-10] %s %s is met by %s and not by %s', (operator, wanted, good, bad) => {
    const of = (name: string, values: Values) => met({ [name]: { K: wanted } }, values);
    expect(of(operator, { k: good })).toBe(true);
    expect(of(operator, { k: bad })).toBe(false);
    expect(of(`${operator}IfExists`, { k: good })).toBe(true);
    expect(of(`${operator}IfExists`, { k: bad })).toBe(false);
  });

  test.each([...new Set(SIDES.map(([operator]) => operator))])(
    '[AUTH-9] %s of a key that is missing',
    (operator) => {
      expect(met({ [operator]: { k: 'x' } })).toBe(isNegated(operator));
      expect(met({ [`${operator}IfExists`]: { k: 'x' } })).toBe(true);
      expect(met({ [`ForAllValues:${operator}`]: { k: 'x' } })).toBe(true);
      expect(met({ [`ForAnyValue:${operator}`]: { k: 'x' } })).toBe(false);
      expect(met({ [`ForAnyValue:${operator}`]: { k: 'x' } }, { k: [] })).toBe(false);
    },
  );

  test('[AUTH-9] one of several values is enough, and none of several must be for a negated operator', () => {
    expect(met({ StringEquals: { k: ['a', 'b'] } }, { k: 'b' })).toBe(true);
    expect(met({ StringEquals: { k: ['a', 'b'] } }, { k: 'c' })).toBe(false);
    expect(met({ StringNotEquals: { k: ['a', 'b'] } }, { k: 'b' })).toBe(false);
    expect(met({ StringNotEquals: { k: ['a', 'b'] } }, { k: 'c' })).toBe(true);
  });

  test('[AUTH-9] all operators and all keys must be met', () => {
    const both = { StringEquals: { a: '1', b: '2' }, Bool: { c: true } };
    expect(met(both, { a: '1', b: '2', c: 'true' })).toBe(true);
    expect(met(both, { a: '1', b: '3', c: 'true' })).toBe(false);
    expect(met(both, { a: '1', b: '2', c: 'false' })).toBe(false);
    expect(met({ NumericLessThan: { n: 5 } }, { n: '4' })).toBe(true);
  });

  test('[AUTH-9] Null tells a key that is missing from one that is there', () => {
    expect(met({ Null: { k: 'true' } })).toBe(true);
    expect(met({ Null: { k: true } }, { k: 'x' })).toBe(false);
    expect(met({ Null: { k: 'false' } }, { k: 'x' })).toBe(true);
    expect(met({ Null: { k: 'false' } })).toBe(false);
  });

  test.each([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['a', 'c'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c'], false],
    ['ForAllValues:StringNotLike', ['a*'], ['b', 'c'], true],
    ['ForAllValues:StringNotLike', ['a*'], ['b', 'ab'], false],
    ['ForAnyValue:StringNotLike', ['a*'], ['b', 'ab'], true],
    ['ForAnyValue:StringNotLike', ['a*'], ['ab'], false],
  ])('[AUTH-9] %s %j of %j', (operator, wanted, actual, expected) => {
    expect(met({ [operator]: { k: wanted } }, { k: actual })).toBe(expected);
  });

  test('[AUTH-9] what cannot be read lets nobody in and keeps everybody out', () => {
    for (const element of [{ Equals: { k: 'x' } }, { 'ForSome:StringEquals': { k: 'x' } }, 'x']) {
      expect(conditionOf(element, { variables: true, isDeny: false })?.(keysOf({ k: 'x' }))).toBe(false);
      expect(conditionOf(element, { variables: true, isDeny: true })?.(keysOf({ k: 'x' }))).toBe(true);
    }
  });

  test('[AUTH-10] each operator and its negation exclude each other', () => {
    const pairs = [
      ['StringEquals', 'StringNotEquals'],
      ['StringLike', 'StringNotLike'],
      ['NumericEquals', 'NumericNotEquals'],
      ['ArnLike', 'ArnNotLike'],
      ['IpAddress', 'NotIpAddress'],
    ];
    const text = fc.constantFrom(
      'a',
      'ab',
      '1',
      '1.0',
      'a*',
      '10.0.0.1',
      '10.0.0.0/8',
      'arn:a:b:c:d:e',
      'arn:a:*:c:d:*',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.array(text, { minLength: 1 }),
        text,
        ([plain = '', not = ''], wanted, k) => {
          expect(met({ [plain]: { k: wanted } }, { k })).not.toBe(met({ [not]: { k: wanted } }, { k }));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('policy variables', () => {
  const equals = (text: string, values: Values, reading?: { variables: boolean; isDeny: boolean }) =>
    met({ StringLike: { k: text } }, values, reading);

  test.each([
    ['a value', '${aws:username}', { k: 'ann', 'aws:username': 'ann' }, true],
    ['another value', '${aws:username}', { k: 'bob', 'aws:username': 'ann' }, false],
    ['a name in another case', '${AWS:UserName}', { k: 'ann', 'aws:username': 'ann' }, true],
    ['a part', 'x/${aws:username}/*', { k: 'x/ann/y', 'aws:username': 'ann' }, true],
    ['a tag', '${aws:PrincipalTag/team}', { k: 'red', 'aws:PrincipalTag/team': 'red' }, true],
    ['no value', '${aws:username}', { k: 'ann' }, false],
    ['several values', '${aws:TagKeys}', { k: 'a', 'aws:TagKeys': ['a', 'b'] }, false],
    ['a default', "${aws:PrincipalTag/team, 'all'}", { k: 'all' }, true],
    [
      'a default that is not needed',
      "${aws:PrincipalTag/team, 'all'}",
      { k: 'all', 'aws:PrincipalTag/team': 'red' },
      false,
    ],
    ['an empty default', "a${x:y, ''}", { k: 'a' }, true],
    ['a literal star', 'a${*}', { k: 'a*' }, true],
    ['a literal star is no wildcard', 'a${*}', { k: 'ab' }, false],
    ['a literal question mark', 'a${?}', { k: 'a?' }, true],
    ['a literal dollar', '${$}{aws:username}', { k: '${aws:username}' }, true],
    ['a star in the value is no wildcard', '${aws:username}', { k: 'ann', 'aws:username': '*' }, false],
    ['no name', '${}', { k: '' }, false],
  ])('[AUTH-8] %s', (_name, text, values, expected) => {
    expect(equals(text, values as Values)).toBe(expected);
  });

  test('[AUTH-8] in the old version they are text', () => {
    const reading = { variables: false, isDeny: false };
    expect(equals('${aws:username}', { k: 'ann', 'aws:username': 'ann' }, reading)).toBe(false);
    expect(equals('${aws:username}', { k: '${aws:username}' }, reading)).toBe(true);
  });

  test('[AUTH-8] without its value a negated operator is not met either', () => {
    expect(met({ StringNotEquals: { k: '${aws:username}' } }, { k: 'ann' })).toBe(false);
  });
});

describe('wildcards', () => {
  /** Tries every length that a star can take. */
  function bruteForce(pattern: string, value: string): boolean {
    if (pattern === '') return value === '';
    const rest = pattern.slice(1);
    if (pattern[0] === '*') {
      return Array.from({ length: value.length + 1 }, (_, at) => at).some((at) =>
        bruteForce(rest, value.slice(at)),
      );
    }
    return (
      value !== '' && (pattern[0] === '?' || pattern[0] === value[0]) && bruteForce(rest, value.slice(1))
    );
  }

  test('[AUTH-7] agree with a matcher that tries everything', () => {
    const joined = (letters: readonly string[]) =>
      fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(joined(['a', 'b', '*', '?']), joined(['a', 'b']), (pattern, value) => {
        expect(wildcardMatcher(pattern)(value)).toBe(bruteForce(pattern, value));
      }),
      { numRuns: 300 },
    );
  });
});
