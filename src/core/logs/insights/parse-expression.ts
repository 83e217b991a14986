import { AGGREGATES, FUNCTIONS } from './function-names.ts';
import { type Lexer, QueryError } from './lexer.ts';
import type { BinaryOperator, Column, Expression } from './query.ts';

/** Operators from the one that binds least; those of one line bind alike. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
];
const COMPARISONS = 2;
/** Deeper nesting is no query that a person wrote. */
const DEPTH_MAX_COUNT = 100;

/** Reads an expression; `not` stands between `and` and the comparisons. Throws `QueryError`. */
export function parseExpression(lexer: Lexer, level = 0, depth = 0): Expression {
  if (depth > DEPTH_MAX_COUNT) throw lexer.unexpected();
  if (level === COMPARISONS && lexer.takeWord('not') !== undefined)
    return { kind: 'not', operand: parseExpression(lexer, level, depth + 1) };
  const operators = LEVELS[level];
  if (operators === undefined) return primary(lexer, depth + 1);
  let left = parseExpression(lexer, level + 1, depth);
  for (;;) {
    const test = level === COMPARISONS ? textTest(lexer, left, depth) : undefined;
    if (test !== undefined) {
      left = test;
      continue;
    }
    const operator = takeOperator(lexer, operators);
    if (operator === undefined) return left;
    left = { kind: 'binary', operator, left, right: parseExpression(lexer, level + 1, depth) };
  }
}

/** An expression with the name of its column: the alias, or the text as it was written. */
export function parseColumn(lexer: Lexer): Column {
  const { start } = lexer.peek();
  const expression = parseExpression(lexer);
  const written = lexer.textOf({ start, end: lexer.peek().start });
  if (lexer.takeWord('as') !== undefined) return { name: parseName(lexer), expression };
  return { name: expression.kind === 'field' ? expression.name : written, expression };
}

/** The name of a field. */
export function parseName(lexer: Lexer): string {
  const { kind } = lexer.peek();
  if (kind !== 'word' && kind !== 'quoted-name') throw lexer.unexpected();
  return lexer.take().text;
}

/** Items with commas between them, at least one. */
export function listOf<Item>(lexer: Lexer, item: (lexer: Lexer) => Item): readonly Item[] {
  const items = [item(lexer)];
  while (lexer.takeSign(',') !== undefined) items.push(item(lexer));
  return items;
}

function takeOperator(lexer: Lexer, operators: readonly BinaryOperator[]): BinaryOperator | undefined {
  return operators.find(
    (operator) => lexer.takeSign(operator) !== undefined || lexer.takeWord(operator) !== undefined,
  );
}

/** `like`, `=~` and `in`, with or without `not`. */
function textTest(lexer: Lexer, operand: Expression, depth: number): Expression | undefined {
  const isNegated = lexer.takeWord('not') !== undefined;
  const test = positiveTest(lexer, operand, depth);
  if (test === undefined && isNegated) throw lexer.unexpected();
  return isNegated && test !== undefined ? { kind: 'not', operand: test } : test;
}

function positiveTest(lexer: Lexer, operand: Expression, depth: number): Expression | undefined {
  if (lexer.takeWord('in') !== undefined) {
    if (lexer.takeSign('[') === undefined) throw lexer.unexpected();
    const list = listOf(lexer, (inner) => parseExpression(inner, COMPARISONS + 1, depth + 1));
    if (lexer.takeSign(']') === undefined) throw lexer.unexpected();
    return { kind: 'in', operand, list };
  }
  if (lexer.takeSign('=~') === undefined && lexer.takeWord('like') === undefined) return undefined;
  const pattern = lexer.takeRegularExpression();
  if (pattern !== undefined) return { kind: 'matches', operand, pattern };
  return { kind: 'contains', operand, text: parseExpression(lexer, COMPARISONS + 1, depth + 1) };
}

function primary(lexer: Lexer, depth: number): Expression {
  if (depth > DEPTH_MAX_COUNT) throw lexer.unexpected();
  const token = lexer.peek();
  if (lexer.takeSign('(') !== undefined) {
    const inner = parseExpression(lexer, 0, depth);
    if (lexer.takeSign(')') === undefined) throw lexer.unexpected();
    return inner;
  }
  if (lexer.takeSign('-') !== undefined) {
    const left: Expression = { kind: 'literal', value: 0 };
    return { kind: 'binary', operator: '-', left, right: primary(lexer, depth + 1) };
  }
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', value: Number(lexer.take().text) };
    case 'string':
      return { kind: 'literal', value: lexer.take().text };
    case 'quoted-name':
      return { kind: 'field', name: lexer.take().text };
    case 'word':
      return named(lexer, depth);
    default:
      throw lexer.unexpected();
  }
}

const CONSTANTS: Readonly<Record<string, boolean>> = { true: true, false: false };

function named(lexer: Lexer, depth: number): Expression {
  const token = lexer.take();
  const name = token.text.toLowerCase();
  if (lexer.takeSign('(') === undefined) {
    return Object.hasOwn(CONSTANTS, name)
      ? { kind: 'literal', value: CONSTANTS[name] }
      : { kind: 'field', name: token.text };
  }
  const kind = AGGREGATES.has(name) ? 'aggregate' : FUNCTIONS.has(name) ? 'call' : undefined;
  if (kind === undefined) throw new QueryError(`unknown function ${token.text}`, token);
  // `count(*)`
  const isAll = name === 'count' && lexer.takeSign('*') !== undefined;
  const isEmpty = isAll || lexer.peek().text === ')';
  const list = isEmpty ? [] : listOf(lexer, (inner) => parseExpression(inner, 0, depth));
  if (lexer.takeSign(')') === undefined) throw lexer.unexpected();
  const { least, most } = (kind === 'aggregate' ? AGGREGATES : FUNCTIONS).get(name) ?? NO_BOUNDS;
  if (list.length < least || list.length > most)
    throw new QueryError(`invalid number of arguments of ${token.text}: ${list.length}`, token);
  return { kind, name, arguments: list };
}

const NO_BOUNDS = { least: 0, most: Number.POSITIVE_INFINITY };
