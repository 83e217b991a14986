import { ROWS_MAX_COUNT } from './parse-query.ts';
import type { Column, Command, Value } from './query.ts';
import { eventRow, type QueryEvent, type Row } from './row.ts';
import { type Stage, stageOf } from './stages.ts';
import { toText } from './values.ts';

/** One row of an answer: columns by name, in order, those that have a value. */
export type ResultRow = readonly (readonly [name: string, value: string])[];

/** A query that is being run. */
export interface QueryRun {
  /** Looks at an event; they come newest first. */
  add(event: QueryEvent): void;
  /** Whether further events could change nothing. */
  isDone(): boolean;
  /** The rows, once all events were looked at. */
  finish(): readonly ResultRow[];
  readonly matchedCount: number;
}

/** What a run may need beside its commands. */
export interface RunOptions {
  readonly nowMs: number;
  /** Rows at most. */
  readonly limit?: number | undefined;
}

const DEFAULT_COLUMNS: readonly Column[] = ['@timestamp', '@message'].map((name) => ({
  name,
  expression: { kind: 'field', name },
}));

/**
 * Runs the commands over events that are given one by one, and keeps no more of them than the answer may need:
 * as many rows as it may have, groups, and keys. (LOG-30, LOG-35)
 */
export function runQuery(commands: readonly Command[], options: RunOptions): QueryRun {
  const limit = Math.min(options.limit ?? ROWS_MAX_COUNT, ROWS_MAX_COUNT);
  const results: ResultRow[] = [];
  let matchedCount = 0;
  const columns = columnsOf(commands);
  const last: Stage = {
    push: (row) => {
      if (results.length < limit) results.push(shown(row, columns));
    },
    isDone: () => results.length >= limit,
    end: () => {},
  };
  const firstBlocking = commands.findIndex(
    ({ kind }) => kind !== 'filter' && kind !== 'parse' && kind !== 'fields' && kind !== 'display',
  );
  const counting = (next: Stage): Stage => ({
    ...next,
    push: (row) => {
      matchedCount += 1;
      next.push(row);
    },
  });
  const countAt = firstBlocking < 0 ? commands.length : firstBlocking;
  let first = countAt === commands.length ? counting(last) : last;
  for (const [index, command] of [...commands.entries()].reverse()) {
    const stage = stageOf(command, first, {
      nowMs: options.nowMs,
      following: commands.slice(index + 1),
      limit,
    });
    first = index === countAt ? counting(stage) : stage;
  }
  return {
    add: (event) => first.push(eventRow(event)),
    isDone: () => first.isDone(),
    finish: () => {
      first.end();
      return results;
    },
    get matchedCount() {
      return matchedCount;
    },
  };
}

/** `display` decides, else the fields after the last `stats`, else what `stats` made, else time and message. (LOG-30) */
function columnsOf(commands: readonly Command[]): readonly Column[] {
  const display = commands.findLast((command) => command.kind === 'display');
  const lastStats = commands.findLastIndex(({ kind }) => kind === 'stats');
  const stats = commands[lastStats];
  const grouped = stats?.kind === 'stats' ? [...stats.by, ...stats.columns] : [];
  const named = commands
    .slice(lastStats + 1)
    .flatMap((command) => (command.kind === 'fields' ? command.columns : []));
  const columns = display?.kind === 'display' ? display.columns : [...grouped, ...named];
  const all = columns.length > 0 ? columns : DEFAULT_COLUMNS;
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

function shown(row: Row, columns: readonly Column[]): ResultRow {
  const cells: (readonly [string, string])[] = [];
  const show = (name: string, value: Value): void => {
    const text = toText(value);
    if (text !== undefined) cells.push([name, text]);
  };
  for (const { name } of columns) show(name, row.field(name));
  if (row.event !== undefined && !columns.some(({ name }) => name === '@ptr'))
    show('@ptr', row.event.pointer);
  return cells;
}
