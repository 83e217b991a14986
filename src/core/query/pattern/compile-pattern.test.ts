import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './compile-pattern.ts';

function matches(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled.kind === 'refused') throw new Error(compiled.message);
  return compiled.matches(text);
}

/** Patterns over `a`, `b` and `c` that both engines read the same way. */
const anyPattern = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '^', '$', ''),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => one + other),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(${one}|${other})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?'))
      .map(([body, quantifier]) => `(?:${body})${quantifier}`),
  ),
})).pattern;

describe('compilePattern', () => {
  test('[PLC-12] agrees with the engine of the platform', () => {
    fc.assert(
      fc.property(
        anyPattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 }),
        (pattern, text) => {
          const compiled = compilePattern(pattern);
          if (compiled.kind === 'refused') return;
          expect(compiled.matches(text)).toBe(new RegExp(`^(?:${pattern})$`).test(text));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ['t2.*', 't2.small', true],
    ['t2.*', 'at2.small', false],
    ['(t2|m5)\\.(small|large)', 'm5.large', true],
    ['(?i)PROD-\\d+', 'prod-12', true],
    ['[a-c]{2,3}', 'abca', false],
    ['[]a]+', ']a', true],
    ['[\\w-]+', 'us-east-1a', true],
    ['^a.c$', 'abc', true],
    ['.', '😀', true],
    ['', '', true],
    ['a|', '', true],
  ])('[PLC-12] %s on %s: %s', (pattern, text, whether) => {
    expect(matches(pattern, text)).toBe(whether);
  });

  test.each([
    ['(?=a)', 0, 'only plain groups and `(?:` are supported'],
    ['(a)\\1', 3, '`\\1` is not supported'],
    ['\\bword', 0, '`\\b` is not supported'],
    ['a*+', 1, 'possessive quantifiers are not supported'],
    ['[a-z&&[^b]]', 4, 'classes within classes are not supported'],
    ['(a', 0, 'the group is not closed'],
    ['a)', 1, 'the pattern has a `)` without `(`'],
    ['[a', 0, 'the class is not closed'],
    ['[z-a]', 1, 'the range is not one'],
    ['*a', 0, 'nothing to repeat'],
    ['a{3,2}', 1, 'the upper count is below the lower one'],
    ['a{x}', 1, 'expected a count such as `{2,4}`'],
    ['a{1001}', 1, 'the count is too large'],
    ['a\\', 1, 'nothing follows the backslash'],
    ['((a{100}){100}){100}', 0, 'the pattern is too large'],
  ])('[PLC-12] refuses %s', (pattern, offset, message) => {
    expect(compilePattern(pattern)).toEqual({ kind: 'refused', offset, message });
  });

  test('[PLC-12] a pattern that ruins other engines costs no more than its size times the text', () => {
    expect(matches('(a+)+b', 'a'.repeat(2000))).toBe(false);
    expect(matches('(a|a)*(a|a)*b', 'a'.repeat(2000))).toBe(false);
  });
});
