import { compareNumbers, globMatches, numberOf, type Operator } from './matches.ts';

/** Whether a parsed JSON message fulfils a condition. */
export type JsonMatches = (root: unknown) => boolean;

/** One step of a selector: a member, an element, or every element. */
type Step = string | number | typeof EVERY;

const EVERY = Symbol('every element');

/** A selector from `$` on, e.g. `$.a.b`, `$.a[0]`, `$.list[*].id` or `$['odd key']`. */
export const SELECTOR = /\$(?:\.?\['[^']*'\]|\.?\[(?:\d+|\*)\]|\.[\p{L}\p{N}_@:-]+)+/uy;

const STEP = /\['([^']*)'\]|\[(\d+|\*)\]|\.([\p{L}\p{N}_@:-]+)/gu;

/** Reads a selector that `SELECTOR` has matched. */
export function parseSelector(text: string): readonly Step[] {
  return [...text.matchAll(STEP)].map(([, quoted, index, name]) => {
    if (index === '*') return EVERY;
    return index === undefined ? (quoted ?? name ?? '') : Number(index);
  });
}

/** `selector operator value`. Undefined when an order is asked of text. An object or array never matches. */
export function comparison(
  steps: readonly Step[],
  operator: Operator,
  value: { readonly text: string; readonly isQuoted: boolean },
): JsonMatches | undefined {
  const bound = value.isQuoted ? undefined : numberOf(value.text);
  if (operator !== '=' && operator !== '!=') {
    if (bound === undefined) return undefined;
    return anyOf(steps, (found) => typeof found === 'number' && compareNumbers(operator, found, bound));
  }
  const isEqual = (found: unknown): boolean =>
    typeof found === 'number' && bound !== undefined
      ? found === bound
      : globMatches(value.text, String(found));
  return anyOf(steps, (found) => isScalar(found) && isEqual(found) === (operator === '='));
}

/** `selector = %…%` or `!=`; undefined for another operator, or where the expression is none. */
export function expressionMatch(
  steps: readonly Step[],
  operator: Operator,
  expression: RegExp | undefined,
): JsonMatches | undefined {
  if (expression === undefined || (operator !== '=' && operator !== '!=')) return undefined;
  return anyOf(steps, (found) => isScalar(found) && expression.test(String(found)) === (operator === '='));
}

/** `selector IS NULL`, `IS TRUE` or `IS FALSE`. */
export const isValue = (steps: readonly Step[], value: null | boolean): JsonMatches =>
  anyOf(steps, (found) => found === value);

/** `selector NOT EXISTS`. */
export const notExists =
  (steps: readonly Step[]): JsonMatches =>
  (root) =>
    select(root, steps).length === 0;

const anyOf =
  (steps: readonly Step[], matches: (found: unknown) => boolean): JsonMatches =>
  (root) =>
    select(root, steps).some(matches);

const isScalar = (value: unknown): boolean => value !== null && typeof value !== 'object';

function select(root: unknown, steps: readonly Step[]): readonly unknown[] {
  let found: readonly unknown[] = [root];
  for (const step of steps) found = found.flatMap((value) => follow(value, step));
  return found;
}

function follow(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    if (step === EVERY) return value;
    return typeof step === 'number' && step < value.length ? [value[step]] : [];
  }
  if (typeof step !== 'string' || !Object.hasOwn(value, step)) return [];
  return [(value as Record<string, unknown>)[step]];
}
