import type { Value } from './query.ts';
import { DistinctCount, Quantiles } from './sketches.ts';
import { compareValues, toNumber, toText } from './values.ts';

/** Sees the values of an aggregate's argument, row by row, newest event first or as they come, and says what they come to. */
export interface Accumulator {
  /** `at` is the row's moment, for the first and the last. */
  add(value: Value, at: number | undefined): void;
  result(): Value;
}

/** Makes an accumulator. `parameter` is the second argument of `pct`. (LOG-33) */
export function accumulator(name: string, parameter: Value): Accumulator {
  return (ACCUMULATORS[name] ?? rowCount)(parameter);
}

const ACCUMULATORS: Readonly<Record<string, (parameter: Value) => Accumulator>> = {
  count: fieldCount,
  count_distinct: distinct,
  sum: () => moments(({ count, sum }) => (count === 0 ? undefined : sum)),
  avg: () => moments(({ count, sum }) => (count === 0 ? undefined : sum / count)),
  stddev: () => moments(({ count, spread }) => (count === 0 ? undefined : Math.sqrt(spread / count))),
  min: () => extreme((value, best) => compareValues(value, best) < 0),
  max: () => extreme((value, best) => compareValues(value, best) > 0),
  sortsfirst: () => extreme((value, best) => compareValues(value, best) < 0),
  sortslast: () => extreme((value, best) => compareValues(value, best) > 0),
  earliest: () => byTime((at, best) => at < best),
  latest: () => byTime((at, best) => at > best),
  pct: percentile,
};

/** `count(*)`. */
function rowCount(): Accumulator {
  let count = 0;
  return {
    add: () => {
      count += 1;
    },
    result: () => count,
  };
}

function fieldCount(): Accumulator {
  let count = 0;
  return {
    add: (value) => {
      if (value !== undefined) count += 1;
    },
    result: () => count,
  };
}

function distinct(): Accumulator {
  const values = new DistinctCount();
  return {
    add: (value) => {
      const text = toText(value);
      if (text !== undefined) values.add(text);
    },
    result: () => values.count(),
  };
}

interface Moments {
  count: number;
  sum: number;
  mean: number;
  /** The sum of squared distances from the mean. */
  spread: number;
}

function moments(result: (moments: Moments) => Value): Accumulator {
  const seen: Moments = { count: 0, sum: 0, mean: 0, spread: 0 };
  return {
    add: (value) => {
      const number = toNumber(value);
      if (number === undefined) return;
      seen.count += 1;
      seen.sum += number;
      const away = number - seen.mean;
      seen.mean += away / seen.count;
      seen.spread += away * (number - seen.mean);
    },
    result: () => result(seen),
  };
}

function extreme(isBetter: (value: Value, best: Value) => boolean): Accumulator {
  let best: Value;
  return {
    add: (value) => {
      if (value !== undefined && (best === undefined || isBetter(value, best))) best = value;
    },
    result: () => best,
  };
}

function byTime(isBetter: (at: number, best: number) => boolean): Accumulator {
  let best: { readonly value: Value; readonly at: number } | undefined;
  return {
    add: (value, at) => {
      if (value === undefined || at === undefined) return;
      if (best === undefined || isBetter(at, best.at)) best = { value, at };
    },
    result: () => best?.value,
  };
}

function percentile(parameter: Value): Accumulator {
  const quantiles = new Quantiles();
  const share = (toNumber(parameter) ?? Number.NaN) / 100;
  return {
    add: (value) => {
      const number = toNumber(value);
      if (number !== undefined) quantiles.add(number);
    },
    result: () => (share >= 0 && share <= 1 ? quantiles.at(share) : undefined),
  };
}
