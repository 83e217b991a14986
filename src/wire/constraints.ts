import type { Constraints } from '../shapes/table.ts';
import type { Walk } from './issue.ts';

/**
 * Reads one value from what a protocol has for it; what is wrong goes to `walk`, and then the answer has no meaning.
 * `step` is the name of the value inside its parent.
 */
export type ReadValue<Source> = (source: Source, walk: Walk, step: string | number) => unknown;

/** A reader that also reports the bounds of its member that the value leaves. Without bounds it is `read` itself. */
export function withBounds<Source>(
  read: ReadValue<Source>,
  constraints: Constraints | undefined,
): ReadValue<Source> {
  if (constraints === undefined) return read;
  const check = compileConstraints(constraints);
  return (source, walk, step) => {
    const value = read(source, walk, step);
    if (value !== undefined) check(value, walk, step);
    return value;
  };
}

/** Compiles the bounds of a member into a check of values that are of the right type already. */
function compileConstraints(constraints: Constraints) {
  const { pattern } = constraints;
  const expression = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'su');
  return (value: unknown, walk: Walk, step: string | number): void => {
    const broken = brokenBound(constraints, expression, value);
    if (broken === undefined) return;
    walk.add({
      kind: 'constraint',
      path: walk.at(step),
      found: foundText(value),
      bound: broken,
      limit: constraints[broken] ?? '',
    });
  };
}

function brokenBound(
  constraints: Constraints,
  expression: RegExp | undefined,
  value: unknown,
): keyof Constraints | undefined {
  const { minLength, maxLength, min, max } = constraints;
  const length = lengthOf(value);
  if (maxLength !== undefined && length > maxLength) return 'maxLength';
  if (minLength !== undefined && length < minLength) return 'minLength';
  if (typeof value === 'number' && min !== undefined && value < min) return 'min';
  if (typeof value === 'number' && max !== undefined && value > max) return 'max';
  return expression !== undefined && typeof value === 'string' && !expression.test(value)
    ? 'pattern'
    : undefined;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/** A long value is cut: it is the caller's own, but an answer should stay readable. */
function foundText(value: unknown): string {
  if (typeof value === 'string') return value.length > 256 ? `${value.slice(0, 256)}…` : value;
  return typeof value === 'object' ? JSON.stringify(value).slice(0, 256) : String(value);
}
