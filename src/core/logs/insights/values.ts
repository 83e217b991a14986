import { numberOf } from '../matches.ts';
import type { TimeValue, Value } from './query.ts';

/** Digits after the point in an answer. */
const DECIMALS_COUNT = 4;

/** Whether a value is a moment. */
export const isTime = (value: Value): value is TimeValue => typeof value === 'object';

/** The number that a value is or is written as; undefined for anything else. */
export function toNumber(value: Value): number | undefined {
  switch (typeof value) {
    case 'number':
      return value;
    case 'string':
      return numberOf(value.trim());
    case 'boolean':
      return value ? 1 : 0;
    case 'object':
      return value.timeMs;
    default:
      return undefined;
  }
}

/** A value as text, as answers show it: moments in UTC, numbers with at most four decimals. (LOG-34) */
export function toText(value: Value): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'object':
      return new Date(value.timeMs).toISOString().replace('T', ' ').replace('Z', '');
    case 'number':
      return Number.isFinite(value) ? String(Number(value.toFixed(DECIMALS_COUNT))) : undefined;
    case 'boolean':
      return value ? '1' : '0';
    default:
      return value;
  }
}

/** Whether a condition holds. */
export const isTrue = (value: Value): boolean => value === true || (typeof value === 'number' && value !== 0);

/** Orders values: nothing first, then numbers (and what is written as one), then text. */
export function compareValues(one: Value, other: Value): number {
  const left = toNumber(one);
  const right = toNumber(other);
  if (left !== undefined && right !== undefined) return left - right;
  const rankLeft = rankOf(one, left);
  const rankRight = rankOf(other, right);
  if (rankLeft !== rankRight) return rankLeft - rankRight;
  const leftText = toText(one) ?? '';
  const rightText = toText(other) ?? '';
  return leftText < rightText ? -1 : leftText > rightText ? 1 : 0;
}

const rankOf = (value: Value, number: number | undefined): number =>
  value === undefined ? 0 : number === undefined ? 2 : 1;
