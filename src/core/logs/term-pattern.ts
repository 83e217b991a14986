import { type Matches, unquoted } from './matches.ts';

/** A term: bare when it has letters, digits and `_` alone, else in quotes; `?` and `-` may stand before it. */
const TERM = /\s*([?-]?)("(?:[^"\\]|\\.)*"|[\p{L}\p{N}_]+)(?=\s|$)/uy;

/**
 * Reads terms: a message matches that contains all plain ones and none with `-`. Terms with `?` mean any of them,
 * and count only where there is no plain one. Undefined for text that is no such pattern. (LOG-8)
 */
export function parseTermPattern(text: string): Matches | undefined {
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  const lists: Readonly<Record<string, string[]>> = { '': all, '?': any, '-': none };
  TERM.lastIndex = 0;
  let end = 0;
  for (let match = TERM.exec(text); match !== null; match = TERM.exec(text)) {
    const [, mark = '', token = ''] = match;
    lists[mark]?.push(token.startsWith('"') ? unquoted(token) : token);
    end = TERM.lastIndex;
  }
  if (end < text.length) return undefined;
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (all.length > 0 || any.length === 0 || any.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term));
}
