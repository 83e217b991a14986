import type { ResultRow } from '../../core/logs/insights/run-query.ts';
import type { Instant } from '../../lib/clock.ts';
import type { QueryStatus } from '../../shapes/generated/logs.ts';

/** A query of CloudWatch Logs Insights, as this process knows it. The scan that runs it writes all but `isStopped`. */
export interface KnownQuery {
  readonly queryId: string;
  readonly queryString: string;
  readonly logGroupNames: readonly string[];
  readonly createdAt: Instant;
  readonly userArn: string;
  status: QueryStatus;
  /** StopQuery was called. */
  isStopped: boolean;
  results: readonly ResultRow[];
  recordsMatched: number;
  recordsScanned: number;
  bytesScanned: number;
  endedAt?: Instant | undefined;
}

/** The queries of the last time. They end with the process. (LOG-36) */
export interface QueryBook {
  add(query: KnownQuery): void;
  get(queryId: string): KnownQuery | undefined;
  /** Newest first. */
  all(): readonly KnownQuery[];
  runningCount(): number;
}

/** Queries that are remembered at most; the oldest that have ended are forgotten first. (LOG-36) */
const QUERIES_MAX_COUNT = 100;
/** Cells of all remembered answers at most. */
const CELLS_MAX_COUNT = 1_000_000;

/** Makes an empty book. */
export function queryBook(): QueryBook {
  const queries = new Map<string, KnownQuery>();
  const forget = (): void => {
    const cells = (): number =>
      [...queries.values()].reduce((sum, { results }) => sum + results.length * (results[0]?.length ?? 0), 0);
    for (const query of [...queries.values()]) {
      if (queries.size < QUERIES_MAX_COUNT && cells() < CELLS_MAX_COUNT) return;
      if (query.endedAt !== undefined) queries.delete(query.queryId);
    }
  };
  return {
    add: (query) => {
      forget();
      queries.set(query.queryId, query);
    },
    get: (queryId) => queries.get(queryId),
    all: () => [...queries.values()].reverse(),
    runningCount: () => [...queries.values()].filter(({ endedAt }) => endedAt === undefined).length,
  };
}
