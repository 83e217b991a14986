/** How many arguments a function takes. */
interface Arity {
  readonly least: number;
  readonly most: number;
}

const MANY = Number.POSITIVE_INFINITY;
const arities = (table: Readonly<Record<string, readonly [number, number]>>): ReadonlyMap<string, Arity> =>
  new Map(Object.entries(table).map(([name, [least, most]]) => [name, { least, most }]));

/** Functions of one row, in lower case. (LOG-32) */
export const FUNCTIONS = arities({
  abs: [1, 1],
  bin: [1, 1],
  ceil: [1, 1],
  coalesce: [1, MANY],
  concat: [1, MANY],
  dateceil: [2, 2],
  datefloor: [2, 2],
  floor: [1, 1],
  frommillis: [1, 1],
  greatest: [1, MANY],
  if: [3, 3],
  isblank: [1, 1],
  isempty: [1, 1],
  ispresent: [1, 1],
  least: [1, MANY],
  log: [1, 1],
  ltrim: [1, 2],
  now: [0, 0],
  replace: [3, 3],
  rtrim: [1, 2],
  sqrt: [1, 1],
  strcontains: [2, 2],
  strlen: [1, 1],
  substr: [2, 3],
  tolower: [1, 1],
  tomillis: [1, 1],
  toupper: [1, 1],
  trim: [1, 2],
});

/** Functions of many rows, for `stats`, in lower case. (LOG-33) */
export const AGGREGATES = arities({
  avg: [1, 1],
  count: [0, 1],
  count_distinct: [1, 1],
  earliest: [1, 1],
  latest: [1, 1],
  max: [1, 1],
  min: [1, 1],
  pct: [2, 2],
  sortsfirst: [1, 1],
  sortslast: [1, 1],
  stddev: [1, 1],
  sum: [1, 1],
});
