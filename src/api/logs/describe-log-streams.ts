import type { LogEvents } from '../../domain/log-events.ts';
import { type LogGroup, type LogStream, logStreamArn } from '../../domain/logs.ts';
import { type Page, pageOf } from '../../lib/pagination.ts';
import { logStreams, streamsWithPrefix } from '../../records/logs.ts';
import type { DescribeLogStreamsRequest, LogStream as LogStreamShape } from '../../shapes/generated/logs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { logsErrors } from './errors.ts';
import { groupOf } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { cutDigits, readListToken } from './tokens.ts';

/** Streams in one answer, unless fewer are asked for. */
const PAGE_MAX_COUNT = 50;

/** Lists the streams of a group by name or by the time of their last event. (LOG-4) */
export const describeLogStreams =
  (events: LogEvents): LogsOperation<'DescribeLogStreams'> =>
  (context, input) => {
    const page = context.store.read((tx) => pageOfStreams(tx, groupOf(context, tx, input), input, events));
    return {
      logStreams: page.rows.map((stream) => streamShape(context, stream, events)),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    };
  };

function pageOfStreams(
  tx: ReadTx,
  group: LogGroup,
  input: DescribeLogStreamsRequest,
  events: LogEvents,
): Page<LogStream> {
  const { orderBy = 'LogStreamName', descending = false, logStreamNamePrefix: prefix = '' } = input;
  if (orderBy === 'LastEventTime' && prefix !== '') throw logsErrors.orderWithPrefix();
  const limit = input.limit ?? PAGE_MAX_COUNT;
  const after = readListToken(input.nextToken);
  if (orderBy === 'LogStreamName' && !descending) {
    const rows = streamsWithPrefix(tx, group.logGroupName, prefix, { afterName: after, limit: limit + 1 });
    return pageOf(rows, limit, (stream) => stream.logStreamName);
  }
  const keyOf = orderBy === 'LogStreamName' ? nameKey : (stream: LogStream) => lastEventKey(stream, events);
  const inOrder = tx
    .find(logStreams, 'group', group.logGroupName)
    .filter((stream) => stream.logStreamName.startsWith(prefix))
    .map((stream) => ({ stream, key: keyOf(stream) }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  if (descending) inOrder.reverse();
  const rest = inOrder.filter(({ key }) => after === undefined || (descending ? key < after : key > after));
  const page = pageOf(rest.slice(0, limit + 1), limit, ({ key }) => key);
  return { ...page, rows: page.rows.map(({ stream }) => stream) };
}

const nameKey = (stream: LogStream): string => stream.logStreamName;

/** Sorts by the last event, streams without one first, and by name where that is equal. */
const lastEventKey = (stream: LogStream, events: LogEvents): string =>
  `${cutDigits({ timestampMs: events.summary(stream.streamId)?.lastTimestampMs ?? 0, sequence: 0 })} ${stream.logStreamName}`;

function streamShape(context: Context, stream: LogStream, events: LogEvents): LogStreamShape {
  const summary = events.summary(stream.streamId);
  return {
    logStreamName: stream.logStreamName,
    creationTime: stream.createdAt,
    ...(summary === undefined
      ? {}
      : {
          firstEventTimestamp: summary.firstTimestampMs,
          lastEventTimestamp: summary.lastTimestampMs,
          lastIngestionTime: summary.lastIngestedAtMs,
          uploadSequenceToken: cutDigits({ timestampMs: summary.lastIngestedAtMs, sequence: 0 }),
        }),
    arn: logStreamArn(context.installation, stream),
    // AWS has answered 0 here since 2019; the group's figure is the real one.
    storedBytes: 0,
  };
}
