import type { Instant } from '../../lib/clock.ts';
import { compilePattern } from './pattern/compile-pattern.ts';
import type { QueryOperator } from './query-expression.ts';

/** What is wrong with an argument, and how many characters into it. */
export interface WrongArgument {
  readonly offset: number;
  readonly message: string;
}

/** Refuses an argument that the subject can never be compared with; undefined when it will do. (PLC-10) */
export function wrongArgument(
  subject: string,
  operator: QueryOperator,
  value: string,
): WrongArgument | undefined {
  if (operator === '=~' || operator === '!~') {
    const pattern = compilePattern(value);
    return pattern.kind === 'refused' ? pattern : undefined;
  }
  const message = wrongValue(subject, value);
  return message === undefined ? undefined : { offset: 0, message };
}

function wrongValue(subject: string, value: string): string | undefined {
  switch (subject) {
    case 'agentConnected':
      return /^(true|false)$/.test(value) ? undefined : 'agentConnected is `true` or `false`';
    case 'agentVersion':
      return VERSION.test(value) ? undefined : 'expected a version such as `1.18.0`';
    case 'runningTasksCount':
      return /^\d{1,9}$/.test(value) ? undefined : 'expected a whole number';
    case 'registeredAt':
      return readDate(value) === undefined ? 'expected a date such as `2018-06-18T22:28:28Z`' : undefined;
    default:
      return undefined;
  }
}

const VERSION = /^\d{1,9}(\.\d{1,9}){0,5}$/;

/** The numbers at the start of a version; undefined for text of another form. */
export function readVersion(text: string): readonly number[] | undefined {
  const match = /^v?(\d{1,9}(?:\.\d{1,9}){0,5})/.exec(text);
  return match?.[1]?.split('.').map(Number);
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?)?$/;

/** Reads a date with or without a time; without an offset it is UTC. Undefined for text of another form. */
export function readDate(text: string): Instant | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, time, offset] = match;
  const ms = Date.parse(time === undefined ? `${text}T00:00:00Z` : offset === undefined ? `${text}Z` : text);
  return Number.isNaN(ms) ? undefined : (ms as Instant);
}
