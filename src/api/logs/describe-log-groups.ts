import type { LogEvents } from '../../domain/log-events.ts';
import { type LogGroup, logGroupArn, logGroupNameOf } from '../../domain/logs.ts';
import { pageOf } from '../../lib/pagination.ts';
import { logGroups } from '../../records/logs.ts';
import type { DescribeLogGroupsRequest, LogGroup as LogGroupShape } from '../../shapes/generated/logs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { logsErrors } from './errors.ts';
import type { LogsOperation } from './operation-record.ts';
import { readListToken } from './tokens.ts';

/** Groups in one answer, unless fewer are asked for. */
const PAGE_MAX_COUNT = 50;

/** Lists groups by name: all, or those with a prefix, with a text in the name, of a class, or named one by one. (LOG-4) */
export const describeLogGroups =
  (events: LogEvents): LogsOperation<'DescribeLogGroups'> =>
  (context, input) => {
    refuseCombinations(input);
    const limit = input.limit ?? PAGE_MAX_COUNT;
    const after = readListToken(input.nextToken);
    const rows = context.store.read((tx) => wantedGroups(tx, context, { input, after, limit: limit + 1 }));
    const page = pageOf(rows, limit, (group) => group.logGroupName);
    const shape = input.logGroupNamePattern === undefined ? fullShape : shortShape;
    return {
      logGroups: page.rows.map((group) => shape(context, group, events)),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    };
  };

function refuseCombinations(input: DescribeLogGroupsRequest): void {
  const {
    logGroupNamePrefix: prefix,
    logGroupNamePattern: pattern,
    logGroupIdentifiers: identifiers = [],
  } = input;
  if (input.includeLinkedAccounts === true) throw logsErrors.unsupportedMember('includeLinkedAccounts');
  if ((input.accountIdentifiers ?? []).length > 0) throw logsErrors.unsupportedMember('accountIdentifiers');
  if (prefix !== undefined && pattern !== undefined) throw logsErrors.prefixAndPattern();
  const hasOther = prefix !== undefined || pattern !== undefined || input.logGroupClass !== undefined;
  if (identifiers.length > 0 && hasOther) throw logsErrors.identifiersAlone();
}

interface Wanted {
  readonly input: DescribeLogGroupsRequest;
  readonly after: string | undefined;
  readonly limit: number;
}

function wantedGroups(tx: ReadTx, context: Context, { input, after, limit }: Wanted): readonly LogGroup[] {
  const { logGroupNamePrefix: prefix = '', logGroupNamePattern: pattern = '', logGroupClass } = input;
  const identifiers = input.logGroupIdentifiers ?? [];
  const names = new Set(identifiers.map((identifier) => logGroupNameOf(context.installation, identifier)));
  const found: LogGroup[] = [];
  for (const group of groupsFrom(tx, prefix, after)) {
    const { logGroupName } = group;
    if (!logGroupName.startsWith(prefix)) break;
    if (!logGroupName.includes(pattern)) continue;
    if (logGroupClass !== undefined && group.logGroupClass !== logGroupClass) continue;
    if (identifiers.length > 0 && !names.has(logGroupName)) continue;
    found.push(group);
    if (found.length >= limit) break;
  }
  return found;
}

/** Groups by name from `prefix` on, after `after`, fetched in pieces: a caller takes few. */
function* groupsFrom(
  tx: ReadTx,
  prefix: string,
  after: string | undefined,
): Generator<LogGroup, void, undefined> {
  let last = after;
  if (prefix !== '' && (after === undefined || after < prefix)) {
    const exact = tx.get(logGroups, prefix);
    if (exact !== undefined) yield exact;
    last = prefix;
  }
  for (;;) {
    const piece = tx.all(logGroups, { after: last, limit: PAGE_MAX_COUNT });
    yield* piece;
    last = piece.at(-1)?.logGroupName;
    if (last === undefined) return;
  }
}

function shortShape({ installation }: Context, group: LogGroup): LogGroupShape {
  const arn = logGroupArn(installation, group.logGroupName);
  return { logGroupName: group.logGroupName, creationTime: group.createdAt, arn: `${arn}:*` };
}

function fullShape(context: Context, group: LogGroup, events: LogEvents): LogGroupShape {
  const { retentionInDays } = group;
  return {
    ...shortShape(context, group),
    ...(retentionInDays === undefined ? {} : { retentionInDays }),
    metricFilterCount: 0,
    storedBytes: events.storedBytes(group.groupId),
    logGroupClass: group.logGroupClass,
    logGroupArn: logGroupArn(context.installation, group.logGroupName),
    deletionProtectionEnabled: group.deletionProtectionEnabled,
  };
}
