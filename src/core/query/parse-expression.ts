import { wrongArgument } from './argument-rules.ts';
import {
  OPERATOR_NAMES,
  operatorsOf,
  QUERY_OPERATORS,
  type QueryExpression,
  type QueryOperator,
  type QueryTest,
} from './query-expression.ts';
import { Scanner } from './scanner.ts';

/** An expression, or what is wrong with the text and where. */
export type ParsedExpression =
  | { readonly kind: 'parsed'; readonly expression: QueryExpression }
  /** `position` counts characters from 1. */
  | { readonly kind: 'refused'; readonly position: number; readonly message: string };

/** The longest expression. (AWS: PlacementConstraint) */
export const EXPRESSION_MAX_LENGTH = 2000;

/** Parentheses and negations may be nested this deep, so that no text can exhaust the stack. */
const NESTING_MAX_DEPTH = 100;

/** How tightly the words between expressions bind. `not` binds tighter than both. (PLC-10) */
const JOINTS = [
  { kind: 'or', sign: '||', power: 1 },
  { kind: 'and', sign: '&&', power: 2 },
] as const;
const NOT_POWER = 3;

/** Reads an expression of the cluster query language. (PLC-10) */
export function parseExpression(text: string): ParsedExpression {
  if (text.length > EXPRESSION_MAX_LENGTH) {
    const message = `an expression has at most ${EXPRESSION_MAX_LENGTH} characters`;
    return { kind: 'refused', position: EXPRESSION_MAX_LENGTH + 1, message };
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #scanner: Scanner;
  #refusal: { readonly position: number; readonly message: string } | undefined;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  parse(): ParsedExpression {
    const expression = this.#expression(0, 0);
    this.#scanner.skipBlanks();
    if (expression !== undefined && !this.#scanner.isAtEnd) this.#fail('expected `and`, `or` or the end');
    if (expression === undefined || this.#refusal !== undefined) {
      return { kind: 'refused', ...(this.#refusal ?? { position: 1, message: 'expected an expression' }) };
    }
    return { kind: 'parsed', expression };
  }

  /** Reads what binds tighter than `power`: the climbing of a Pratt parser. */
  #expression(power: number, depth: number): QueryExpression | undefined {
    let left = this.#prefix(depth);
    while (left !== undefined) {
      const joint = this.#joint(power);
      if (joint === undefined) return left;
      const right = this.#expression(joint.power, depth);
      left = right === undefined ? undefined : { kind: joint.kind, left, right };
    }
    return undefined;
  }

  #joint(power: number): (typeof JOINTS)[number] | undefined {
    this.#scanner.skipBlanks();
    return JOINTS.find(
      (joint) =>
        joint.power > power && (this.#scanner.takes(joint.sign) || this.#scanner.takesWord(joint.kind)),
    );
  }

  #prefix(depth: number): QueryExpression | undefined {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    if (depth > NESTING_MAX_DEPTH) return this.#fail('the expression is nested too deeply');
    if (scanner.takes('!') || scanner.takesWord('not')) {
      const of = this.#expression(NOT_POWER, depth + 1);
      return of === undefined ? undefined : { kind: 'not', of };
    }
    if (!scanner.takes('(')) return this.#test();
    const inner = this.#expression(0, depth + 1);
    if (inner === undefined) return undefined;
    scanner.skipBlanks();
    return scanner.takes(')') ? inner : this.#fail('expected `)`');
  }

  #test(): QueryTest | undefined {
    const start = this.#scanner.at;
    const subject = this.#scanner.takeWhile((char) => /[A-Za-z0-9_:/\\.-]/.test(char));
    if (subject === '') return this.#fail('expected a subject such as `attribute:stack`');
    const operators = operatorsOf(subject);
    if (operators === undefined) return this.#fail(`\`${subject}\` is not a subject`, start);
    this.#scanner.skipBlanks();
    const operatorAt = this.#scanner.at;
    const operator = this.#operator();
    if (operator === undefined) return this.#fail('expected an operator', operatorAt);
    if (!operators.includes(operator)) {
      return this.#fail(`\`${subject}\` does not take \`${operator}\``, operatorAt);
    }
    const values = this.#values(subject, operator);
    return values === undefined ? undefined : { kind: 'test', subject, operator, values };
  }

  /** The longest operator that stands here: `>=` before `>`, `!in` before nothing else that starts with `!`. */
  #operator(): QueryOperator | undefined {
    const byLength = [...QUERY_OPERATORS].sort((one, other) => other.length - one.length);
    return byLength.find((sign) => {
      const isWord = /[a-z]$/.test(sign);
      const isHere = isWord ? this.#scanner.takesWord(sign) : this.#scanner.takes(sign);
      return isHere || this.#scanner.takesWord(OPERATOR_NAMES[sign]);
    });
  }

  #values(subject: string, operator: QueryOperator): readonly string[] | undefined {
    if (operator === 'exists' || operator === '!exists') return [];
    if (operator === 'in' || operator === '!in') return this.#list(subject, operator);
    const value = this.#value(subject, operator);
    return value === undefined ? undefined : [value];
  }

  #list(subject: string, operator: QueryOperator): readonly string[] | undefined {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    if (!scanner.takes('[')) return this.#fail('expected a list such as `[a, b]`');
    const values: string[] = [];
    do {
      const value = this.#value(subject, operator);
      if (value === undefined) return undefined;
      values.push(value);
      scanner.skipBlanks();
    } while (scanner.takes(','));
    return scanner.takes(']') ? values : this.#fail('expected `,` or `]`');
  }

  /** One argument, bare or in quotes, judged by what the subject can be compared with. */
  #value(subject: string, operator: QueryOperator): string | undefined {
    this.#scanner.skipBlanks();
    const start = this.#scanner.at;
    const isPattern = operator === '=~' || operator === '!~';
    const quote = this.#scanner.next;
    const isQuoted = quote === "'" || quote === '"';
    const value = isQuoted ? this.#quoted(quote) : isPattern ? this.#barePattern() : this.#bare();
    if (value === undefined) return undefined;
    if (value === '' && !isQuoted) return this.#fail('expected a value', start);
    const wrong = wrongArgument(subject, operator, value);
    if (wrong === undefined) return value;
    return this.#fail(wrong.message, start + (isQuoted ? 1 : 0) + wrong.offset);
  }

  #quoted(quote: string): string | undefined {
    const start = this.#scanner.at;
    this.#scanner.takes(quote);
    const value = this.#scanner.takeWhile((char) => char !== quote);
    return this.#scanner.takes(quote) ? value : this.#fail('the quote is not closed', start);
  }

  #bare(): string {
    return /[=<>~!]/.test(this.#scanner.next)
      ? ''
      : this.#scanner.takeWhile((char) => !/[\s()[\],'"&|]/.test(char));
  }

  /** A pattern may hold groups of its own: it ends at a blank, at `&&` or `||`, or where its parentheses are closed. */
  #barePattern(): string {
    let depth = 0;
    return this.#scanner.takeWhile((char) => {
      if (char === '(') depth += 1;
      if (char === ')') depth -= 1;
      const pair = this.#scanner.text.slice(this.#scanner.at, this.#scanner.at + 2);
      return depth >= 0 && !/\s/.test(char) && pair !== '&&' && pair !== '||';
    });
  }

  /** Keeps the first refusal: those that follow are its consequence. */
  #fail(message: string, at = this.#scanner.at): undefined {
    this.#refusal ??= { position: at + 1, message };
    return undefined;
  }
}
