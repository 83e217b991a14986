import { parseQuery } from '../../core/logs/insights/parse-query.ts';
import type { Command } from '../../core/logs/insights/query.ts';
import { type QueryRun, runQuery } from '../../core/logs/insights/run-query.ts';
import { QueryTooLarge } from '../../core/logs/insights/stages.ts';
import type { LogEvents } from '../../domain/log-events.ts';
import { expiryCutMs, type LogGroup, logGroupNameOf } from '../../domain/logs.ts';
import { eventBytes } from '../../lib/event-bytes.ts';
import { refuse } from '../../lib/service-error.ts';
import { logGroups } from '../../records/logs.ts';
import type { StartQueryRequest } from '../../shapes/generated/logs.ts';
import type { Context } from '../operation.ts';
import { logsErrors } from './errors.ts';
import { newestFirst } from './newest-first.ts';
import type { LogsOperation } from './operation-record.ts';
import type { KnownQuery, QueryBook } from './query-book.ts';
import { recordPointer } from './record-pointer.ts';
import { streamNames } from './stream-names.ts';

const QUERY_MAX_LENGTH = 10_000;
const GROUPS_MAX_COUNT = 50;
const LIMIT_MAX_COUNT = 10_000;
/** Queries that run at once at most. (LOG-36) */
const RUNNING_MAX_COUNT = 30;
const SECOND_MS = 1_000;

/** Starts a query of CloudWatch Logs Insights; it runs on while its answer is asked for. (LOG-30, LOG-36) */
export const startQuery =
  (events: LogEvents, queries: QueryBook): LogsOperation<'StartQuery'> =>
  (context, input) => {
    const commands = commandsOf(input);
    const groups = groupsOf(context, input);
    if (queries.runningCount() >= RUNNING_MAX_COUNT) throw logsErrors.tooManyQueries();
    const query: KnownQuery = {
      queryId: context.ids.uuid(),
      queryString: input.queryString,
      logGroupNames: groups.map(({ logGroupName }) => logGroupName),
      createdAt: context.clock.now(),
      userArn: context.caller.arn,
      status: 'Running',
      isStopped: false,
      results: [],
      recordsMatched: 0,
      recordsScanned: 0,
      bytesScanned: 0,
    };
    queries.add(query);
    void carryOut(context, events, { query, groups, commands, input });
    return { queryId: query.queryId };
  };

function commandsOf(input: StartQueryRequest): readonly Command[] {
  const { queryString, queryLanguage = 'CWLI', startTime, endTime, limit = LIMIT_MAX_COUNT } = input;
  if (queryLanguage !== 'CWLI') throw logsErrors.unsupportedMember(`queryLanguage ${queryLanguage}`);
  if (queryString.length > QUERY_MAX_LENGTH) throw logsErrors.queryTooLong(QUERY_MAX_LENGTH);
  if (limit > LIMIT_MAX_COUNT) throw logsErrors.queryLimit(limit);
  if (endTime < startTime) throw logsErrors.queryTimes();
  const parsed = parseQuery(queryString);
  if (parsed.kind === 'malformed') throw logsErrors.malformedQuery(parsed.message, parsed.at);
  return parsed.commands;
}

function groupsOf(context: Context, input: StartQueryRequest): readonly LogGroup[] {
  const { logGroupName, logGroupNames = [], logGroupIdentifiers = [] } = input;
  const lists = [logGroupName === undefined ? [] : [logGroupName], logGroupNames, logGroupIdentifiers];
  const [named = [], ...others] = lists.filter((list) => list.length > 0);
  if (named.length === 0 || others.length > 0) throw logsErrors.oneGroupList();
  if (named.length > GROUPS_MAX_COUNT) throw logsErrors.tooManyGroups(GROUPS_MAX_COUNT);
  const { installation } = context;
  return context.store.read((tx) =>
    [...new Set(named)].map((identifier) => {
      const name = logGroupNameOf(installation, identifier);
      const group = name === undefined ? undefined : tx.get(logGroups, name);
      return group ?? refuse(logsErrors.queryGroupNotFound(name ?? identifier, installation.accountId));
    }),
  );
}

interface Work {
  readonly query: KnownQuery;
  readonly groups: readonly LogGroup[];
  readonly commands: readonly Command[];
  readonly input: StartQueryRequest;
}

/** Never rejects: what goes wrong is the query's status. */
async function carryOut(context: Context, events: LogEvents, work: Work): Promise<void> {
  const { query } = work;
  try {
    const run = runQuery(work.commands, { nowMs: query.createdAt, limit: work.input.limit });
    await look(context, events, { ...work, run });
    query.results = run.finish();
    query.recordsMatched = run.matchedCount;
    query.status = query.isStopped ? 'Cancelled' : 'Complete';
  } catch (error) {
    query.status = 'Failed';
    if (!(error instanceof QueryTooLarge)) {
      context.log.error('logs.query-failed', { queryId: query.queryId, error: String(error) });
    }
  }
  query.endedAt = context.clock.now();
}

async function look(
  context: Context,
  events: LogEvents,
  { query, groups, input, run }: Work & { readonly run: QueryRun },
): Promise<void> {
  const nameOf = streamNames(context);
  const scan = {
    groups,
    fromMs: (group: LogGroup) => Math.max(input.startTime * SECOND_MS, expiryCutMs(group, query.createdAt)),
    // The end is inclusive, in seconds.
    untilMs: (input.endTime + 1) * SECOND_MS,
  };
  for await (const { event, group } of newestFirst(events, scan)) {
    if (query.isStopped || run.isDone()) return;
    const logStream = nameOf(event.streamId);
    if (logStream === undefined) continue;
    query.recordsScanned += 1;
    query.bytesScanned += eventBytes(event.message);
    run.add({
      ...{
        timestampMs: event.timestampMs,
        ingestedAtMs: event.ingestedAtMs,
        message: event.message,
        logStream,
      },
      log: `${context.installation.accountId}:${group.logGroupName}`,
      pointer: recordPointer(group.groupId, event),
    });
  }
}
