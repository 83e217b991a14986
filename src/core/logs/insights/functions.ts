import type { Value } from './query.ts';
import { compareValues, toNumber, toText } from './values.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Units of periods. Months and longer have no fixed length and are left out. (LOG-32) */
const UNITS_MS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|msec|millisecond)s?$/, 1],
  [/^(?:s|sec|second)s?$/, SECOND_MS],
  [/^(?:m|min|minute)s?$/, MINUTE_MS],
  [/^(?:h|hr|hour)s?$/, HOUR_MS],
  [/^(?:d|day)s?$/, DAY_MS],
  [/^(?:w|week)s?$/, 7 * DAY_MS],
];

/** The length of a period such as `5m` or `1hour`, in ms; undefined for other text. (LOG-32) */
export function periodMs(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+)([a-z]+)$/i.exec(text) ?? [];
  const unitMs = UNITS_MS.find(([form]) => form.test(unit.toLowerCase()))?.[1];
  const count = Number(digits);
  return unitMs === undefined || count === 0 ? undefined : count * unitMs;
}

/** The functions of one row that need nothing but their arguments. (LOG-32) */
export const SCALAR_FUNCTIONS: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  greatest: (values) => extreme(values, 1),
  least: (values) => extreme(values, -1),
  coalesce: (values) => values.find((value) => value !== undefined),
  ispresent: ([value]) => value !== undefined,
  isempty: ([value]) => (toText(value) ?? '') === '',
  isblank: ([value]) => (toText(value) ?? '').trim() === '',
  concat: (values) => values.map((value) => toText(value) ?? '').join(''),
  strlen: textual((text) => [...text].length),
  toupper: textual((text) => text.toUpperCase()),
  tolower: textual((text) => text.toLowerCase()),
  trim: ([value, characters]) => trimmed(value, characters, 'both'),
  ltrim: ([value, characters]) => trimmed(value, characters, 'left'),
  rtrim: ([value, characters]) => trimmed(value, characters, 'right'),
  substr: ([value, from, length]) => substring(toText(value), toNumber(from), toNumber(length)),
  replace: ([value, searched, replacement]) =>
    toText(value)?.replaceAll(toText(searched) ?? '', () => toText(replacement) ?? ''),
  strcontains: ([value, part]) => (toText(value)?.includes(toText(part) ?? '') === true ? 1 : 0),
  frommillis: ([value]) => {
    const timeMs = toNumber(value);
    return timeMs === undefined ? undefined : { timeMs };
  },
  tomillis: ([value]) => toNumber(value),
};

function numeric(compute: (number: number) => number): (values: readonly Value[]) => Value {
  return ([value]) => {
    const number = toNumber(value);
    const result = number === undefined ? Number.NaN : compute(number);
    return Number.isFinite(result) ? result : undefined;
  };
}

function textual(compute: (text: string) => Value): (values: readonly Value[]) => Value {
  return ([value]) => {
    const text = toText(value);
    return text === undefined ? undefined : compute(text);
  };
}

function extreme(values: readonly Value[], sign: 1 | -1): Value {
  let best: Value;
  for (const value of values)
    if (value !== undefined && (best === undefined || compareValues(value, best) * sign > 0)) best = value;
  return best;
}

function substring(text: string | undefined, from = 0, length = Number.POSITIVE_INFINITY): Value {
  return text === undefined ? undefined : [...text].slice(from, from + length).join('');
}

/** Without a second argument white space goes, with one its whole text, as often as it stands there. */
function trimmed(value: Value, characters: Value, side: 'left' | 'right' | 'both'): Value {
  let text = toText(value);
  const cut = toText(characters);
  if (text === undefined) return undefined;
  if (cut === undefined || cut === '') {
    if (side === 'left') return text.trimStart();
    return side === 'right' ? text.trimEnd() : text.trim();
  }
  while (side !== 'right' && text.startsWith(cut)) text = text.slice(cut.length);
  while (side !== 'left' && text.endsWith(cut)) text = text.slice(0, -cut.length);
  return text;
}
