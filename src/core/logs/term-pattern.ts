import { EXPRESSION_SOURCE, filterExpression } from './filter-expression.ts';
import { type Matches, unquoted } from './matches.ts';

/** A term: bare when it has letters, digits and `_` alone, else in quotes; `?` and `-` may stand before it. */
const TERM = new RegExp(
  String.raw`\s*([?-]?)("(?:[^"\\]|\\.)*"|${EXPRESSION_SOURCE}|[\p{L}\p{N}_]+)(?=\s|$)`,
  'uy',
);

/** Whether a message has a term in it. */
type Has = (message: string) => boolean;

/**
 * Reads terms: a message matches that contains all plain ones and none with `-`. Terms with `?` mean any of them,
 * and count only where there is no plain one. Undefined for text that is no such pattern. (LOG-8)
 */
export function parseTermPattern(text: string): Matches | undefined {
  const all: Has[] = [];
  const any: Has[] = [];
  const none: Has[] = [];
  const lists: Readonly<Record<string, Has[]>> = { '': all, '?': any, '-': none };
  TERM.lastIndex = 0;
  let end = 0;
  for (let match = TERM.exec(text); match !== null; match = TERM.exec(text)) {
    const [, mark = '', token = ''] = match;
    const has = hasTerm(token);
    if (has === undefined) return undefined;
    lists[mark]?.push(has);
    end = TERM.lastIndex;
  }
  if (end < text.length) return undefined;
  return (message) =>
    all.every((has) => has(message)) &&
    (all.length > 0 || any.length === 0 || any.some((has) => has(message))) &&
    !none.some((has) => has(message));
}

function hasTerm(token: string): Has | undefined {
  if (token.startsWith('%')) {
    const expression = filterExpression(token);
    return expression && ((message) => expression.test(message));
  }
  const text = token.startsWith('"') ? unquoted(token) : token;
  return (message) => message.includes(text);
}
