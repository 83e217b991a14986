import { Scanner } from '../scanner.ts';
import {
  ANY_CHAR,
  CHAR_ESCAPES,
  type CharSet,
  CLASS_ESCAPES,
  only,
  type PatternNode,
  type PatternRefusal,
} from './pattern-node.ts';

/** A pattern that was read. */
export interface ParsedPattern {
  readonly kind: 'parsed';
  readonly node: PatternNode;
  readonly ignoresCase: boolean;
}

const NESTING_MAX_DEPTH = 50;
const REPEAT_MAX_COUNT = 1000;

/**
 * Reads the part of Java's regular expressions that can be matched in linear time: characters, `.`, classes, `\d \w \s`
 * and their opposites, groups, alternatives, all quantifiers but possessive ones, `^`, `$`, and `(?i)` in front. What
 * looks around or back is refused by name. (PLC-12)
 */
export function parsePattern(text: string): ParsedPattern | PatternRefusal {
  return new PatternParser(text).parse();
}

class PatternParser {
  readonly #scanner: Scanner;
  #refusal: PatternRefusal | undefined;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  parse(): ParsedPattern | PatternRefusal {
    const ignoresCase = this.#scanner.takes('(?i)');
    const node = this.#choice(0);
    if (!this.#scanner.isAtEnd) this.#fail('the pattern has a `)` without `(`');
    return this.#refusal ?? { kind: 'parsed', node, ignoresCase };
  }

  #choice(depth: number): PatternNode {
    const parts = [this.#sequence(depth)];
    while (this.#scanner.takes('|')) parts.push(this.#sequence(depth));
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : { kind: 'choice', parts };
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#refusal === undefined && !this.#scanner.isAtEnd && !/[|)]/.test(this.#scanner.next)) {
      parts.push(this.#quantified(this.#atom(depth)));
    }
    return { kind: 'sequence', parts };
  }

  #quantified(body: PatternNode): PatternNode {
    const start = this.#scanner.at;
    const bounds = this.#bounds();
    if (bounds === undefined) return body;
    if (body.kind === 'start' || body.kind === 'end') this.#fail('nothing to repeat', start);
    if (this.#scanner.takes('+')) this.#fail('possessive quantifiers are not supported', start);
    // A lazy quantifier matches the same whole texts.
    this.#scanner.takes('?');
    if (/[*+?]/.test(this.#scanner.next)) this.#fail('nothing to repeat');
    return { kind: 'repeat', body, ...bounds };
  }

  #bounds(): { readonly min: number; readonly max?: number | undefined } | undefined {
    if (this.#scanner.takes('*')) return { min: 0 };
    if (this.#scanner.takes('+')) return { min: 1 };
    if (this.#scanner.takes('?')) return { min: 0, max: 1 };
    const start = this.#scanner.at;
    if (!this.#scanner.takes('{')) return undefined;
    const text = this.#scanner.takeWhile((char) => char !== '}');
    const match = /^(\d{1,6})(,(\d{1,6})?)?$/.exec(text);
    const min = Number(match?.[1]);
    const max = match?.[2] === undefined ? min : match[3] === undefined ? undefined : Number(match[3]);
    if (match === null || !this.#scanner.takes('}')) this.#fail('expected a count such as `{2,4}`', start);
    else if (Math.max(min, max ?? min) > REPEAT_MAX_COUNT) this.#fail('the count is too large', start);
    else if ((max ?? min) < min) this.#fail('the upper count is below the lower one', start);
    return this.#refusal === undefined ? { min, max } : { min: 0 };
  }

  #atom(depth: number): PatternNode {
    const scanner = this.#scanner;
    const start = scanner.at;
    if (scanner.takes('(')) return this.#group(start, depth);
    if (scanner.takes('[')) return { kind: 'set', set: this.#charClass(start) };
    if (scanner.takes('.')) return { kind: 'set', set: ANY_CHAR };
    if (scanner.takes('^')) return { kind: 'start' };
    if (scanner.takes('$')) return { kind: 'end' };
    if (scanner.takes('\\')) return { kind: 'set', set: this.#escape(start) };
    if (/[*+?{]/.test(scanner.next)) this.#fail('nothing to repeat', start);
    return { kind: 'set', set: only(this.#char()) };
  }

  #group(start: number, depth: number): PatternNode {
    if (depth > NESTING_MAX_DEPTH) this.#fail('the pattern is nested too deeply', start);
    if (this.#scanner.next === '?' && !this.#scanner.takes('?:')) {
      this.#fail('only plain groups and `(?:` are supported', start);
    }
    const inner = this.#refusal === undefined ? this.#choice(depth + 1) : NOTHING;
    if (!this.#scanner.takes(')')) this.#fail('the group is not closed', start);
    return inner;
  }

  #charClass(start: number): CharSet {
    const isNegated = this.#scanner.takes('^');
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; isFirst || this.#scanner.next !== ']'; isFirst = false) {
      if (this.#scanner.isAtEnd) this.#fail('the class is not closed', start);
      if (this.#scanner.next === '[' || this.#scanner.text.startsWith('&&', this.#scanner.at))
        this.#fail('classes within classes are not supported');
      if (this.#refusal !== undefined) return only(' ');
      ranges.push(...this.#classItem());
    }
    this.#scanner.takes(']');
    return { ranges, isNegated };
  }

  #classItem(): readonly (readonly [number, number])[] {
    const start = this.#scanner.at;
    const from = this.#classChar();
    const isRange = this.#scanner.next === '-' && this.#scanner.text.charAt(this.#scanner.at + 1) !== ']';
    if (!isRange) return from.ranges;
    this.#scanner.takes('-');
    const to = this.#classChar();
    const [low, high] = [from.ranges[0]?.[0] ?? 0, to.ranges[0]?.[1] ?? 0];
    if (from.ranges.length > 1 || to.ranges.length > 1 || low > high)
      this.#fail('the range is not one', start);
    return [[low, high]];
  }

  #classChar(): CharSet {
    const start = this.#scanner.at;
    if (!this.#scanner.takes('\\')) return only(this.#char());
    const set = this.#escape(start);
    if (set.isNegated) this.#fail('negated classes within classes are not supported', start);
    return set;
  }

  #escape(start: number): CharSet {
    const char = this.#char();
    const known = CLASS_ESCAPES.get(char);
    if (known !== undefined) return known;
    if (/[A-Za-z0-9]/.test(char) && !CHAR_ESCAPES.has(char))
      this.#fail(`\`\\${char}\` is not supported`, start);
    if (char === '') this.#fail('nothing follows the backslash', start);
    return only(CHAR_ESCAPES.get(char) ?? char);
  }

  /** One whole character, which may take two units. */
  #char(): string {
    const point = this.#scanner.text.codePointAt(this.#scanner.at);
    const char = point === undefined ? '' : String.fromCodePoint(point);
    this.#scanner.at += char.length;
    return char;
  }

  #fail(message: string, offset = this.#scanner.at): void {
    this.#refusal ??= { kind: 'refused', offset, message };
  }
}

const NOTHING: PatternNode = { kind: 'sequence', parts: [] };
