/** What a password may and must hold. */
export interface PasswordRules {
  readonly length: number;
  /** Characters that must not be in it. */
  readonly excluded: string;
  readonly hasDigits: boolean;
  readonly hasPunctuation: boolean;
  readonly hasUppercase: boolean;
  readonly hasLowercase: boolean;
  readonly hasSpace: boolean;
  readonly requiresEachType: boolean;
}

/** A whole number from 0 to `below` - 1, by chance. */
export type Draw = (below: number) => number;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/**
 * A password that keeps the rules, or why there is none. With `requiresEachType` one character of each type that is left
 * is in it, at a place by chance. (SEC-13)
 */
export function randomPassword(
  rules: PasswordRules,
  draw: Draw,
): { readonly kind: 'password'; readonly text: string } | { readonly kind: 'too-short' | 'nothing-left' } {
  const types = [
    rules.hasLowercase ? LOWERCASE : '',
    rules.hasUppercase ? UPPERCASE : '',
    rules.hasDigits ? DIGITS : '',
    rules.hasPunctuation ? PUNCTUATION : '',
    rules.hasSpace ? ' ' : '',
  ]
    .map((type) => [...type].filter((character) => !rules.excluded.includes(character)))
    .filter((type) => type.length > 0);
  const all = types.flat();
  if (all.length === 0) return { kind: 'nothing-left' };
  if (rules.requiresEachType && types.length > rules.length) return { kind: 'too-short' };
  const required = rules.requiresEachType ? types.map((type) => pick(type, draw)) : [];
  const rest = Array.from({ length: rules.length - required.length }, () => pick(all, draw));
  return { kind: 'password', text: shuffled([...required, ...rest], draw).join('') };
}

const pick = (from: readonly string[], draw: Draw): string => from[draw(from.length)] ?? '';

function shuffled(characters: readonly string[], draw: Draw): readonly string[] {
  const out = [...characters];
  for (let last = out.length - 1; last > 0; last -= 1) {
    const other = draw(last + 1);
    const held = out[last] ?? '';
    out[last] = out[other] ?? '';
    out[other] = held;
  }
  return out;
}
