import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBelow, isLabel, nameProblem, parseSelector, selectorText } from './parameter-selector.ts';

const aSegment = fc.stringMatching(/^[b-rt-z][A-Za-z0-9_.-]{0,8}$/);
const aName = fc.oneof(
  aSegment,
  fc.array(aSegment, { minLength: 1, maxLength: 15 }).map((segments) => `/${segments.join('/')}`),
);

describe('parseSelector', () => {
  test('[SSM-3] what is written is read again', () => {
    fc.assert(
      fc.property(
        aName,
        fc.oneof(
          fc.constant({}),
          fc.record({ version: fc.integer({ min: 1, max: 1e9 }) }),
          fc.record({ label: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}$/) }),
        ),
        (name, selector) => {
          const written = `${name}${selectorText({ name, ...selector }) ?? ''}`;
          expect(parseSelector(written)).toEqual({ name, ...selector });
        },
      ),
    );
  });
});

describe('nameProblem', () => {
  test('[SSM-1] takes every path of at most fifteen levels', () => {
    fc.assert(
      fc.property(aName, (name) => {
        expect(nameProblem(name)).toBeUndefined();
      }),
    );
  });

  test.each([
    ['aws-thing', 'prefix'],
    ['SSMthing', 'prefix'],
    ['/ssm/thing', 'prefix-of-path'],
    ['/aws/thing', 'reserved'],
    ['a/b', 'not-qualified'],
    ['a b', 'characters'],
    ['/a//b', 'characters'],
    ['/a/', 'characters'],
    ['a:b', 'characters'],
    [`${'/a'.repeat(16)}`, 'levels'],
  ])('[SSM-1] refuses %s', (name, problem) => {
    expect(nameProblem(name)).toBe(problem);
  });
});

describe('isLabel', () => {
  test.each([
    ['prod', true],
    ['_a.b-c', true],
    ['a'.repeat(100), true],
    ['a'.repeat(101), false],
    ['1st', false],
    ['awsome', false],
    ['SSMx', false],
    ['a b', false],
    ['', false],
  ])('[SSM-5] %s: %s', (text, expected) => {
    expect(isLabel(text)).toBe(expected);
  });
});

describe('isBelow', () => {
  test('[SSM-4] one level is part of all levels, and the path itself is not below it', () => {
    fc.assert(
      fc.property(aName, aName, (name, path) => {
        if (isBelow(name, path, false)) expect(isBelow(name, path, true)).toBe(true);
        expect(isBelow(path, path, true)).toBe(false);
        expect(
          isBelow(
            `${path.startsWith('/') ? path : `/${path}`}/x`,
            path.startsWith('/') ? path : `/${path}`,
            false,
          ),
        ).toBe(true);
      }),
    );
  });

  test('[SSM-4] a name without a slash is at the root', () => {
    expect(isBelow('a', '/', false)).toBe(true);
    expect(isBelow('/a/b', '/', false)).toBe(false);
    expect(isBelow('/a/b', '/', true)).toBe(true);
    expect(isBelow('/ab/c', '/a', true)).toBe(false);
  });
});
