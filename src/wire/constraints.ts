import type { Constraints } from '../shapes/table.ts';
import type { Walk } from './issue.ts';

/** Reports every bound that `value` leaves. The value is of the right type already. */
export type CheckBounds = (value: unknown, walk: Walk, step: string | number) => void;

/** Compiles the bounds of a member; undefined when it has none. */
export function compileConstraints(constraints: Constraints | undefined): CheckBounds | undefined {
  if (constraints === undefined) return undefined;
  const { pattern } = constraints;
  const expression = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'su');
  return (value, walk, step) => {
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
