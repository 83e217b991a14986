import { filterExpression } from './filter-expression.ts';
import {
  comparison,
  expressionMatch,
  isValue,
  type JsonMatches,
  notExists,
  parseSelector,
  SELECTOR,
} from './json-condition.ts';
import { type Matches, type Operator, unquoted } from './matches.ts';

type Token =
  | { readonly kind: 'selector' | 'operator' | 'string' | 'expression' | 'word'; readonly text: string }
  | { readonly kind: '(' | ')' | '&&' | '||'; readonly text: string };

const OTHER_TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['selector', SELECTOR],
  ['&&', /&&/y],
  ['||', /\|\|/y],
  ['(', /\(/y],
  [')', /\)/y],
  ['operator', /!=|<=|>=|=|<|>/y],
  ['string', /"(?:[^"\\]|\\.)*"/y],
  ['expression', /%[^%]+%/y],
  ['word', /[^\s()=<>!&|"$]+/y],
];

/**
 * Reads `{ … }`: comparisons of selectors, joined by `&&` and `||`, `&&` binding tighter. A message that is not JSON never
 * matches. Undefined for text that is no such pattern. (LOG-8)
 */
export function parseJsonPattern(text: string): Matches | undefined {
  if (!text.endsWith('}')) return undefined;
  const tokens = tokenize(text.slice(1, -1));
  const matches = tokens && new Parser(tokens).whole();
  if (matches === undefined) return undefined;
  return (message) => {
    const root = parsedJson(message);
    return root !== undefined && matches(root);
  };
}

function parsedJson(message: string): unknown {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}

function tokenize(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = text.length - text.trimStart().length;
  while (at < text.length) {
    const token = tokenAt(text, at);
    if (token === undefined) return undefined;
    tokens.push(token);
    at += token.text.length;
    at += text.slice(at).length - text.slice(at).trimStart().length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, expression] of OTHER_TOKENS) {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return undefined;
}

/** One pass over the tokens. Every step gives undefined where the text is wrong. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): JsonMatches | undefined {
    const matches = this.#any();
    return this.#at === this.#tokens.length ? matches : undefined;
  }

  #any(): JsonMatches | undefined {
    return this.#joined(
      '||',
      () => this.#all(),
      (parts) => (root) => parts.some((part) => part(root)),
    );
  }

  #all(): JsonMatches | undefined {
    return this.#joined(
      '&&',
      () => this.#one(),
      (parts) => (root) => parts.every((part) => part(root)),
    );
  }

  #joined(
    separator: '&&' | '||',
    next: () => JsonMatches | undefined,
    join: (parts: readonly JsonMatches[]) => JsonMatches,
  ): JsonMatches | undefined {
    const parts: JsonMatches[] = [];
    do {
      const part = next();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.#take(separator) !== undefined);
    return join(parts);
  }

  #one(): JsonMatches | undefined {
    if (this.#take('(') !== undefined) {
      const inner = this.#any();
      return this.#take(')') === undefined ? undefined : inner;
    }
    const selector = this.#take('selector');
    if (selector === undefined) return undefined;
    const steps = parseSelector(selector);
    const operator = this.#take('operator');
    if (operator === undefined) return this.#predicate(steps);
    const string = this.#take('string');
    if (string !== undefined)
      return comparison(steps, operator as Operator, { text: unquoted(string), isQuoted: true });
    const expression = this.#take('expression');
    if (expression !== undefined)
      return expressionMatch(steps, operator as Operator, filterExpression(expression));
    const word = this.#take('word');
    return word === undefined
      ? undefined
      : comparison(steps, operator as Operator, { text: word, isQuoted: false });
  }

  #predicate(steps: ReturnType<typeof parseSelector>): JsonMatches | undefined {
    const words = `${this.#take('word')?.toUpperCase()} ${this.#take('word')?.toUpperCase()}`;
    if (words === 'IS NULL') return isValue(steps, null);
    if (words === 'IS TRUE') return isValue(steps, true);
    if (words === 'IS FALSE') return isValue(steps, false);
    return words === 'NOT EXISTS' ? notExists(steps) : undefined;
  }

  #take(kind: Token['kind']): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) return undefined;
    this.#at += 1;
    return token.text;
  }
}
