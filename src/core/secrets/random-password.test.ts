import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PasswordRules, randomPassword } from './random-password.ts';

const rules = fc.record({
  length: fc.integer({ min: 1, max: 40 }),
  excluded: fc.stringMatching(/^[a-f0-4!-/]{0,12}$/),
  hasDigits: fc.boolean(),
  hasPunctuation: fc.boolean(),
  hasUppercase: fc.boolean(),
  hasLowercase: fc.boolean(),
  hasSpace: fc.boolean(),
  requiresEachType: fc.boolean(),
});

const typesOf = (asked: PasswordRules): readonly (readonly [boolean, RegExp])[] => [
  [asked.hasDigits, /[0-9]/],
  [asked.hasPunctuation, /[^A-Za-z0-9 ]/],
  [asked.hasUppercase, /[A-Z]/],
  [asked.hasLowercase, /[a-z]/],
  [asked.hasSpace, / /],
];

describe('randomPassword', () => {
  test('[SEC-13] has the length, nothing that is excluded, and each type that is asked for', () => {
    fc.assert(
      fc.property(rules, fc.infiniteStream(fc.nat()), (asked, draws) => {
        const made = randomPassword(asked, (below) => Number(draws.next().value) % below);
        const types = typesOf(asked);
        if (made.kind !== 'password') {
          const count = types.filter(([has]) => has).length;
          expect(count === 0 || (asked.requiresEachType && asked.length < count)).toBe(true);
          return;
        }
        expect(made.text).toHaveLength(asked.length);
        expect([...made.text].filter((character) => asked.excluded.includes(character))).toEqual([]);
        const found = types.filter(([, pattern]) => pattern.test(made.text));
        expect(found.filter(([has]) => !has)).toEqual([]);
        if (asked.requiresEachType) expect(found).toEqual(types.filter(([has]) => has));
      }),
    );
  });
});
