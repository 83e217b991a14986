import { parseJson } from './policy-json.ts';

/** A place in a text; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** From where to where a statement is written in its document. */
export interface StatementSpan {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** One token of JSON: a string, a mark, or a bare word. */
interface Token {
  readonly text: string;
  /** Offset behind its last character. */
  readonly end: number;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * Where each entry of a document's `Statement` is written, in order. Counted as the service's own answers are: a statement
 * starts behind what was read before it (the bracket of the list, the statement before it, or its own brace if it stands
 * alone) and ends behind its last brace. Text that is no document has none. (IAM-23)
 */
export function statementSpans(text: string): readonly StatementSpan[] {
  const tokens = [...text.matchAll(TOKENS)].map(
    (match): Token => ({ text: match[0], end: match.index + match[0].length }),
  );
  const at = statementValue(tokens);
  const first = tokens[at];
  if (first === undefined) return [];
  const offsets =
    first.text === '[' ? entries(tokens, at) : [{ from: first.end, to: endOf(tokens, at).offset }];
  return offsets.map(({ from, to }) => ({ start: positionOf(text, from), end: positionOf(text, to) }));
}

/** The index of the token that the value of `Statement` begins with. The last of several counts, as in the parser. */
function statementValue(tokens: readonly Token[]): number {
  let depth = 0;
  let found = tokens.length;
  for (const [index, { text }] of tokens.entries()) {
    const isKey = depth === 1 && tokens[index + 1]?.text === ':';
    if (isKey && parseJson(text) === 'Statement') found = index + 2;
    depth += depthChange(text);
  }
  return found;
}

const depthChange = (text: string): number =>
  text === '{' || text === '[' ? 1 : text === '}' || text === ']' ? -1 : 0;

function entries(
  tokens: readonly Token[],
  open: number,
): readonly { readonly from: number; readonly to: number }[] {
  const found: { readonly from: number; readonly to: number }[] = [];
  let from = tokens[open]?.end ?? 0;
  let at = open + 1;
  while (at < tokens.length && tokens[at]?.text !== ']') {
    const { offset, next } = endOf(tokens, at);
    found.push({ from, to: offset });
    from = offset;
    at = tokens[next]?.text === ',' ? next + 1 : next;
  }
  return found;
}

/** Where the value that begins at a token ends, and the index of the token behind it. */
function endOf(tokens: readonly Token[], begin: number): { readonly offset: number; readonly next: number } {
  let depth = 0;
  for (let at = begin; at < tokens.length; at += 1) {
    depth += depthChange(tokens[at]?.text ?? '');
    if (depth <= 0) return { offset: tokens[at]?.end ?? 0, next: at + 1 };
  }
  return { offset: tokens.at(-1)?.end ?? 0, next: tokens.length };
}

function positionOf(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
