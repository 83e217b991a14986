import type { Span } from './query.ts';

/** A piece of a query's text. */
export interface Token extends Span {
  readonly kind: 'word' | 'quoted-name' | 'number' | 'string' | 'sign' | 'end';
  /** Of strings and quoted names what is inside. */
  readonly text: string;
}

/** A query that is not one, with the place. */
export class QueryError extends Error {
  readonly at: Span;

  constructor(message: string, at: Span) {
    super(message);
    this.name = 'QueryError';
    this.at = { start: at.start, end: at.end };
  }
}

const SPACE = /(?:\s|#[^\n]*)*/y;
const FORMS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w@.])/y],
  ['word', /[\p{L}\p{N}_@$][\p{L}\p{N}_@.$]*/uy],
  ['quoted-name', /`[^`]*`/y],
  ['string', /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y],
  ['sign', /!=|<=|>=|=~|[=<>()[\],|*/%^+-]/y],
];
const REGULAR_EXPRESSION = /\/((?:[^/\\\n]|\\.)+)\//y;

/** Cuts the text of a query into tokens, one after the other. Throws `QueryError` where there is none. */
export class Lexer {
  readonly #text: string;
  #next: Token;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read(0);
  }

  peek(): Token {
    return this.#next;
  }

  take(): Token {
    const token = this.#next;
    this.#next = token.kind === 'end' ? token : this.#read(token.end);
    return token;
  }

  /** The sign, if it comes next. */
  takeSign(text: string): Token | undefined {
    return this.#next.kind === 'sign' && this.#next.text === text ? this.take() : undefined;
  }

  /** The word, in any case, if it comes next. */
  takeWord(...texts: readonly string[]): Token | undefined {
    const { kind, text } = this.#next;
    return kind === 'word' && texts.includes(text.toLowerCase()) ? this.take() : undefined;
  }

  /** The regular expression, if one comes next: only some places have one, elsewhere its sign divides. */
  takeRegularExpression(): RegExp | undefined {
    const { start } = this.#next;
    REGULAR_EXPRESSION.lastIndex = start;
    const found = REGULAR_EXPRESSION.exec(this.#text);
    if (found === null) return undefined;
    const end = start + found[0].length;
    const [, flags = '', source = ''] = /^(\^?\(\?[ims]+\))?([\s\S]*)$/.exec(found[1] ?? '') ?? [];
    const isAnchored = flags.startsWith('^');
    try {
      const expression = new RegExp(
        `${isAnchored ? '^' : ''}${source.replaceAll('(?P<', '(?<')}`,
        [...new Set(flags.replace(/[^ims]/g, ''))].join(''),
      );
      this.#next = this.#read(end);
      return expression;
    } catch {
      throw new QueryError(`invalid regular expression ${found[0]}`, { start, end });
    }
  }

  /** The text between two places, without the space around it. */
  textOf({ start, end }: Span): string {
    return this.#text.slice(start, end).trim();
  }

  /** Refuses the next token. */
  unexpected(): QueryError {
    const { text, start, end, kind } = this.#next;
    const before = this.#text.slice(0, start);
    const line = before.split('\n').length;
    const position = start - before.lastIndexOf('\n');
    const what = kind === 'end' ? '<EOF>' : text;
    return new QueryError(`unexpected symbol found ${what} at line ${line} and position ${position}`, {
      start,
      end,
    });
  }

  #read(from: number): Token {
    SPACE.lastIndex = from;
    SPACE.exec(this.#text);
    const start = SPACE.lastIndex;
    if (start >= this.#text.length) return { kind: 'end', text: '', start, end: start };
    for (const [kind, form] of FORMS) {
      form.lastIndex = start;
      const found = form.exec(this.#text)?.[0];
      if (found !== undefined)
        return { kind, text: contentOf(kind, found), start, end: start + found.length };
    }
    this.#next = { kind: 'sign', text: this.#text.charAt(start), start, end: start + 1 };
    throw this.unexpected();
  }
}

function contentOf(kind: Token['kind'], found: string): string {
  if (kind === 'quoted-name') return found.slice(1, -1);
  if (kind !== 'string') return found;
  return found.slice(1, -1).replace(/\\([\s\S])/g, (all, letter: string) => ESCAPES[letter] ?? all.slice(1));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
