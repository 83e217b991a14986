import { type Accumulator, accumulator } from './aggregates.ts';
import { evaluate } from './evaluate.ts';
import { aggregatesOf } from './parse-query.ts';
import type { Column, Command, Expression, Value } from './query.ts';
import { plainRow, type Row, rowWith } from './row.ts';
import { compareValues, isTime, isTrue, toNumber, toText } from './values.ts';

/** A step of a running query: takes rows, gives rows to the next. */
export interface Stage {
  push(row: Row): void;
  /** No further row can change what comes out. */
  isDone(): boolean;
  /** No further row comes. */
  end(): void;
}

/** What a stage may need to know. */
export interface StageOptions {
  readonly nowMs: number;
  /** The commands after this one. */
  readonly following: readonly Command[];
  /** Rows that the answer has at most. */
  readonly limit: number;
}

/** Groups, keys and sorted rows that are kept at most. A query that needs more fails. (LOG-35) */
export const KEPT_MAX_COUNT = 100_000;

/** A query needs more memory than it may have. */
export class QueryTooLarge extends Error {}

/** The stage of a command before `next`. */
export function stageOf(command: Command, next: Stage, options: StageOptions): Stage {
  switch (command.kind) {
    case 'fields':
    case 'display':
      return each(next, (row) => withColumns(row, command.columns, options.nowMs));
    case 'filter':
      return each(next, (row) =>
        isTrue(evaluate(command.condition, { row, nowMs: options.nowMs })) ? row : undefined,
      );
    case 'parse':
      return each(next, (row) => {
        const text = toText(evaluate(command.source, { row, nowMs: options.nowMs }));
        const found = text === undefined ? undefined : command.extract(text);
        return found === undefined ? row : rowWith(row, found);
      });
    case 'dedup':
      return dedup(command.keys, next, options.nowMs);
    case 'limit':
      return limited(command.count, next);
    case 'sort':
      return sorted(command.keys, next, options);
    case 'stats':
      return stats(command, next, options.nowMs);
  }
}

function each(next: Stage, change: (row: Row) => Row | undefined): Stage {
  return {
    ...next,
    push: (row) => {
      const changed = change(row);
      if (changed !== undefined) next.push(changed);
    },
  };
}

/** A column that is a field alone needs no new one. */
function withColumns(row: Row, columns: readonly Column[], nowMs: number): Row {
  const added = columns.filter(
    ({ name, expression }) => expression.kind !== 'field' || expression.name !== name,
  );
  if (added.length === 0) return row;
  return rowWith(
    row,
    Object.fromEntries(added.map(({ name, expression }) => [name, evaluate(expression, { row, nowMs })])),
  );
}

/** The first row of each combination; rows in which a key is missing are all kept. */
function dedup(keys: readonly Expression[], next: Stage, nowMs: number): Stage {
  const seen = new Set<string>();
  return each(next, (row) => {
    const texts = keys.map((key) => toText(evaluate(key, { row, nowMs })));
    if (texts.includes(undefined)) return row;
    const key = JSON.stringify(texts);
    if (seen.has(key)) return undefined;
    if (seen.size >= KEPT_MAX_COUNT) throw new QueryTooLarge('dedup has too many different values');
    seen.add(key);
    return row;
  });
}

function limited(count: number, next: Stage): Stage {
  let passed = 0;
  return {
    push: (row) => {
      passed += 1;
      if (passed <= count) next.push(row);
    },
    isDone: () => passed >= count || next.isDone(),
    end: () => next.end(),
  };
}

interface SortedRow {
  readonly row: Row;
  readonly keys: readonly Value[];
  readonly order: number;
}

function sorted(
  keys: Extract<Command, { kind: 'sort' }>['keys'],
  next: Stage,
  { nowMs, following, limit }: StageOptions,
): Stage {
  const room = roomOf(following, limit);
  let rows: SortedRow[] = [];
  let count = 0;
  const compare = (one: SortedRow, other: SortedRow): number => {
    for (const [index, { isDescending }] of keys.entries()) {
      const order = compareValues(one.keys[index], other.keys[index]);
      if (order !== 0) return isDescending ? -order : order;
    }
    return one.order - other.order;
  };
  return {
    push: (row) => {
      count += 1;
      rows.push({
        row,
        keys: keys.map(({ expression }) => evaluate(expression, { row, nowMs })),
        order: count,
      });
      if (room === undefined && rows.length > KEPT_MAX_COUNT)
        throw new QueryTooLarge('sort has too many rows');
      if (room !== undefined && rows.length > 2 * room) rows = rows.sort(compare).slice(0, room);
    },
    isDone: () => false,
    end: () => {
      for (const { row } of rows.sort(compare)) next.push(row);
      rows = [];
      next.end();
    },
  };
}

/** How many of the sorted rows can matter; undefined where a later command looks at all of them. */
function roomOf(following: readonly Command[], limit: number): number | undefined {
  for (const command of following) {
    if (command.kind === 'limit') return Math.min(command.count, limit);
    if (
      command.kind === 'filter' ||
      command.kind === 'dedup' ||
      command.kind === 'stats' ||
      command.kind === 'sort'
    )
      return undefined;
  }
  return limit;
}

interface Group {
  readonly keys: Readonly<Record<string, Value>>;
  readonly accumulators: ReadonlyMap<Expression, Accumulator>;
}

function stats({ columns, by }: Extract<Command, { kind: 'stats' }>, next: Stage, nowMs: number): Stage {
  const aggregates = columns.flatMap(({ expression }) => aggregatesOf(expression));
  const groups = new Map<string, Group>();
  const groupOf = (row: Row): Group => {
    const values = by.map(({ name, expression }) => [name, evaluate(expression, { row, nowMs })] as const);
    const key = JSON.stringify(values.map(([, value]) => (isTime(value) ? value.timeMs : (value ?? null))));
    const known = groups.get(key);
    if (known !== undefined) return known;
    if (groups.size >= KEPT_MAX_COUNT) throw new QueryTooLarge('stats has too many groups');
    const group = { keys: Object.fromEntries(values), accumulators: accumulatorsOf(aggregates, row, nowMs) };
    groups.set(key, group);
    return group;
  };
  return {
    push: (row) => {
      const at = toNumber(row.field('@timestamp'));
      for (const [aggregate, seen] of groupOf(row).accumulators) {
        const [argument] = aggregate.kind === 'aggregate' ? aggregate.arguments : [];
        seen.add(argument === undefined ? true : evaluate(argument, { row, nowMs }), at);
      }
    },
    isDone: () => false,
    end: () => {
      for (const group of groups.values()) next.push(groupRow(group, columns, nowMs));
      next.end();
    },
  };
}

function accumulatorsOf(
  aggregates: readonly Extract<Expression, { kind: 'aggregate' }>[],
  row: Row,
  nowMs: number,
): ReadonlyMap<Expression, Accumulator> {
  return new Map(
    aggregates.map((aggregate) => {
      const [, second] = aggregate.arguments;
      const parameter = second === undefined ? undefined : evaluate(second, { row, nowMs });
      return [aggregate, accumulator(aggregate.name, parameter)] as const;
    }),
  );
}

function groupRow({ keys, accumulators }: Group, columns: readonly Column[], nowMs: number): Row {
  const aggregates = new Map(
    [...accumulators].map(([aggregate, seen]) => [aggregate, seen.result()] as const),
  );
  const row = plainRow(keys);
  const values = columns.map(
    ({ name, expression }) => [name, evaluate(expression, { row, nowMs, aggregates })] as const,
  );
  return plainRow({ ...keys, ...Object.fromEntries(values) });
}
