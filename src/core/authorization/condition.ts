import { isObject, listOf } from '../identity/policy-json.ts';
import type { ConditionKeys } from './condition-keys.ts';
import { OPERATORS } from './condition-operators.ts';
import type { Wanted } from './template.ts';

/** What a `Condition` element asks of a request. */
export type Condition = (keys: ConditionKeys) => boolean;

/** How a condition is read: the version decides on variables, the effect on what cannot be read. */
export interface ConditionReading {
  readonly variables: boolean;
  readonly isDeny: boolean;
}

/**
 * Compiles a `Condition` element: all operators and all keys must be met. One with an operator that does not exist lets
 * nobody in and keeps everybody out. (AUTH-9)
 */
export function conditionOf(element: unknown, reading: ConditionReading): Condition | undefined {
  if (element === undefined) return undefined;
  if (!isObject(element)) return () => reading.isDeny;
  const conditions = Object.entries(element).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, values]) =>
      clauseOf(operator, key.toLowerCase(), { values: listOf(values).map(String), ...reading }),
    ),
  );
  if (conditions.length === 0) return undefined;
  return (keys) => conditions.every((condition) => condition(keys));
}

const NAME = /^(?:(?<quantifier>ForAllValues|ForAnyValue):)?(?<base>[A-Za-z]+?)(?<ifExists>IfExists)?$/;

interface Values extends ConditionReading {
  readonly values: readonly string[];
}

/** One operator over one key. */
function clauseOf(name: string, key: string, { values, variables, isDeny }: Values): Condition {
  if (name === 'Null') return nullClause(key, values);
  const { quantifier, base = '', ifExists } = NAME.exec(name)?.groups ?? {};
  const operator = OPERATORS.get(base);
  if (operator === undefined) return () => isDeny;
  const wanted = values.map((value) => operator.read(value, variables));
  const clause = { wanted, isNegated: operator.isNegated, quantifier };
  const whenMissing = quantifier === 'ForAllValues' || ifExists !== undefined || isMetByNothing(clause);
  return (keys) => {
    const actual = keys(key);
    return actual === undefined || actual.length === 0 ? whenMissing : isMet(clause, actual, keys);
  };
}

interface Clause {
  readonly wanted: readonly Wanted[];
  readonly isNegated: boolean;
  readonly quantifier: string | undefined;
}

/** "Not this value" holds of a key that is missing; "some value of it is not this" does not. */
const isMetByNothing = ({ isNegated, quantifier }: Clause): boolean =>
  isNegated && quantifier !== 'ForAnyValue';

/** A variable without a value makes the condition unmet, also a negated one: the statement does not apply. (AUTH-8) */
function isMet(
  { wanted, isNegated, quantifier }: Clause,
  actual: readonly string[],
  keys: ConditionKeys,
): boolean {
  const matchers = wanted.map((of) => of(keys));
  if (matchers.includes(undefined)) return false;
  const holds = (value: string): boolean =>
    matchers.some((matcher) => matcher?.(value) === true) !== isNegated;
  const mustAll = quantifier === undefined ? isNegated : quantifier === 'ForAllValues';
  return mustAll ? actual.every(holds) : actual.some(holds);
}

/** `"true"`: the key is missing. `"false"`: it is there. */
function nullClause(key: string, values: readonly string[]): Condition {
  const wanted = new Set(values.map((value) => value.toLowerCase()));
  return (keys) => {
    const actual = keys(key);
    return wanted.has(String(actual === undefined || actual.length === 0));
  };
}
