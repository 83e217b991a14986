import { parseJsonPattern } from './json-pattern.ts';
import type { Matches } from './matches.ts';
import { parseTermPattern } from './term-pattern.ts';
import { parseWordPattern } from './word-pattern.ts';

/** A pattern that was understood, or that was not: `invalid` for AWS too, or `unsupported` by us alone. */
export type FilterPattern =
  | { readonly kind: 'pattern'; readonly matches: Matches }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unsupported'; readonly feature: string };

/** A regular expression in percent signs, outside of quotes. */
const REGULAR_EXPRESSION = /(?:^|[\s=([,?-])%[^%]*%/;

/**
 * Reads a filter pattern of CloudWatch Logs: terms, a JSON expression in `{ }` or words in `[ ]`. Empty text
 * matches everything. Case counts. (LOG-8)
 */
export function parseFilterPattern(text: string): FilterPattern {
  const pattern = text.trim();
  if (pattern === '') return { kind: 'pattern', matches: () => true };
  if (REGULAR_EXPRESSION.test(pattern.replace(/"(?:[^"\\]|\\.)*"/g, '""'))) {
    return { kind: 'unsupported', feature: 'A regular expression (%…%)' };
  }
  const first = pattern.charAt(0);
  const parse = first === '{' ? parseJsonPattern : first === '[' ? parseWordPattern : parseTermPattern;
  const matches = parse(pattern);
  return matches === undefined ? { kind: 'invalid' } : { kind: 'pattern', matches };
}
