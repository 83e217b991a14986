import { EXPRESSIONS_MAX_COUNT } from './filter-expression.ts';
import { parseJsonPattern } from './json-pattern.ts';
import type { Matches } from './matches.ts';
import { parseTermPattern } from './term-pattern.ts';
import { parseWordPattern } from './word-pattern.ts';

/** A pattern that was understood, or that was not. */
export type FilterPattern =
  | { readonly kind: 'pattern'; readonly matches: Matches }
  | { readonly kind: 'invalid' };

/** A regular expression in percent signs, outside of quotes. */
const REGULAR_EXPRESSION = /(?:^|[\s=([,?-])%[^%]*%/g;

/**
 * Reads a filter pattern of CloudWatch Logs: terms, a JSON expression in `{ }` or words in `[ ]`. Empty text
 * matches everything. Case counts. (LOG-8)
 */
export function parseFilterPattern(text: string): FilterPattern {
  const pattern = text.trim();
  if (pattern === '') return { kind: 'pattern', matches: () => true };
  const unquotedText = pattern.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  if ((unquotedText.match(REGULAR_EXPRESSION) ?? []).length > EXPRESSIONS_MAX_COUNT)
    return { kind: 'invalid' };
  const first = pattern.charAt(0);
  const parse = first === '{' ? parseJsonPattern : first === '[' ? parseWordPattern : parseTermPattern;
  const matches = parse(pattern);
  return matches === undefined ? { kind: 'invalid' } : { kind: 'pattern', matches };
}
