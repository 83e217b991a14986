/** Characters that one place of a pattern takes, as ranges of code points, both ends included. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly isNegated: boolean;
}

/** A pattern as a tree. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  /** `^` and `$`: the ends of the text. */
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  /** `max` is absent where there is no upper bound. */
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      readonly max?: number | undefined;
    };

/** What is wrong with a pattern, and how many characters into it. */
export interface PatternRefusal {
  readonly kind: 'refused';
  readonly offset: number;
  readonly message: string;
}

const code = (char: string): number => char.codePointAt(0) ?? 0;
const range = (from: string, to: string): readonly [number, number] => [code(from), code(to)];

/** The set of one character. */
export const only = (char: string): CharSet => ({ ranges: [[code(char), code(char)]], isNegated: false });

const DIGITS = [range('0', '9')];
const WORD = [range('a', 'z'), range('A', 'Z'), range('0', '9'), range('_', '_')];
const BLANKS = [range('\t', '\r'), range(' ', ' ')];

/** `.`: every character but the ends of lines. */
export const ANY_CHAR: CharSet = {
  ranges: [range('\n', '\n'), range('\r', '\r'), range('\u0085', '\u0085'), range('\u2028', '\u2029')],
  isNegated: true,
};

/** What the letters after a backslash stand for. */
export const CLASS_ESCAPES: ReadonlyMap<string, CharSet> = new Map([
  ['d', { ranges: DIGITS, isNegated: false }],
  ['D', { ranges: DIGITS, isNegated: true }],
  ['w', { ranges: WORD, isNegated: false }],
  ['W', { ranges: WORD, isNegated: true }],
  ['s', { ranges: BLANKS, isNegated: false }],
  ['S', { ranges: BLANKS, isNegated: true }],
]);

/** Characters that have a letter of their own after a backslash. */
export const CHAR_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
]);

/** True when the set holds the code point. */
export const holdsChar = ({ ranges, isNegated }: CharSet, point: number): boolean =>
  ranges.some(([from, to]) => point >= from && point <= to) !== isNegated;
