import { periodMs, SCALAR_FUNCTIONS } from './functions.ts';
import type { BinaryOperator, Expression, Value } from './query.ts';
import type { Row } from './row.ts';
import { compareValues, isTime, isTrue, toNumber, toText } from './values.ts';

/** What an expression may need beside its row. */
export interface Scope {
  readonly row: Row;
  readonly nowMs: number;
  /** The results of aggregates, after `stats` has seen all rows. */
  readonly aggregates?: ReadonlyMap<Expression, Value> | undefined;
}

/** The value of an expression for one row. Never throws: what makes no sense is nothing. (LOG-32) */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'field':
      return scope.row.field(expression.name);
    case 'aggregate':
      return scope.aggregates?.get(expression);
    case 'call':
      return call(expression.name, expression.arguments, scope);
    case 'binary':
      return binary(expression, scope);
    case 'not':
      return !isTrue(evaluate(expression.operand, scope));
    case 'matches':
      return textIs(expression.operand, scope, (text) => expression.pattern.test(text));
    case 'contains': {
      const part = toText(evaluate(expression.text, scope));
      return textIs(expression.operand, scope, (text) => part !== undefined && text.includes(part));
    }
    case 'in': {
      const value = evaluate(expression.operand, scope);
      return expression.list.some((item) => compared('=', value, evaluate(item, scope)));
    }
  }
}

function textIs(operand: Expression, scope: Scope, holds: (text: string) => boolean): boolean {
  const text = toText(evaluate(operand, scope));
  return text !== undefined && holds(text);
}

function call(name: string, list: readonly Expression[], scope: Scope): Value {
  if (name === 'if') {
    const [condition, then, otherwise] = list;
    const chosen = condition !== undefined && isTrue(evaluate(condition, scope)) ? then : otherwise;
    return chosen === undefined ? undefined : evaluate(chosen, scope);
  }
  if (name === 'now') return { timeMs: scope.nowMs };
  // A period such as `5m` is read like a name.
  if (name === 'bin') return truncated({ list, at: 0 }, scope, 'floor');
  if (name === 'datefloor') return truncated({ list, at: 1 }, scope, 'floor');
  if (name === 'dateceil') return truncated({ list, at: 1 }, scope, 'ceil');
  const values = list.map((argument) => evaluate(argument, scope));
  return SCALAR_FUNCTIONS[name]?.(values);
}

function truncated(
  { list, at }: { readonly list: readonly Expression[]; readonly at: 0 | 1 },
  scope: Scope,
  direction: 'floor' | 'ceil',
): Value {
  const [first] = list;
  const time = at === 0 ? scope.row.field('@timestamp') : first && evaluate(first, scope);
  const timeMs = toNumber(time);
  const period = periodOf(list[at]);
  if (timeMs === undefined || period === undefined) return undefined;
  return { timeMs: Math[direction](timeMs / period) * period };
}

/** A period is no field, though it is read as one. */
const periodOf = (expression: Expression | undefined): number | undefined =>
  expression?.kind === 'field' ? periodMs(expression.name) : undefined;

function binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, scope: Scope): Value {
  if (operator === 'and') return isTrue(evaluate(left, scope)) && isTrue(evaluate(right, scope));
  if (operator === 'or') return isTrue(evaluate(left, scope)) || isTrue(evaluate(right, scope));
  const one = evaluate(left, scope);
  const other = evaluate(right, scope);
  return isComparison(operator) ? compared(operator, one, other) : computed(operator, one, other);
}

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
type Arithmetic = Exclude<BinaryOperator, Comparison | 'and' | 'or'>;

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);
const isComparison = (operator: BinaryOperator): operator is Comparison => COMPARISONS.has(operator);

/** What is missing matches no comparison. (LOG-32) */
function compared(operator: Comparison, one: Value, other: Value): boolean {
  if (one === undefined || other === undefined) return false;
  const order = compareValues(one, other);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function computed(operator: Arithmetic, one: Value, other: Value): Value {
  const left = toNumber(one);
  const right = toNumber(other);
  if (left === undefined || right === undefined) return undefined;
  const result = ARITHMETIC[operator](left, right);
  if (!Number.isFinite(result)) return undefined;
  // A moment moved by a number is a moment; the distance of two is a number.
  const isMoved = (operator === '+' || operator === '-') && isTime(one) && !isTime(other);
  return isMoved ? { timeMs: result } : result;
}

const ARITHMETIC: Readonly<Record<Arithmetic, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': (left, right) => left ** right,
};
