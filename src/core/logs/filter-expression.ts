/** What a regular expression of a filter pattern may consist of. (LOG-8) */
const ALLOWED = /^(?:[A-Za-z0-9:_#=@/;,\-^$?[\]{}|*+.]|\\(?:[dDsSwW]|x[0-9A-Fa-f]{2}|[^A-Za-z0-9]))+$/;

/** The regular expression between two percent signs; undefined where it is none or has what the service has not. (LOG-8) */
export function filterExpression(quoted: string): RegExp | undefined {
  const source = quoted.slice(1, -1);
  if (!ALLOWED.test(source)) return undefined;
  try {
    return new RegExp(source);
  } catch {
    return undefined;
  }
}

/** A regular expression in percent signs, as a piece of another expression. */
export const EXPRESSION_SOURCE = '%[^%]+%';

/** How many regular expressions a pattern may have. (LOG-8) */
export const EXPRESSIONS_MAX_COUNT = 2;
