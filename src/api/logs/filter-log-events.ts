import { parseFilterPattern } from '../../core/logs/filter-pattern.ts';
import type { Matches } from '../../core/logs/matches.ts';
import type { LogCut, LogEvent, LogEvents, LogQuery } from '../../domain/log-events.ts';
import { expiryCutMs, type LogGroup } from '../../domain/logs.ts';
import { eventBytes } from '../../lib/event-bytes.ts';
import { streamsWithPrefix } from '../../records/logs.ts';
import type { FilteredLogEvent, FilterLogEventsRequest } from '../../shapes/generated/logs.ts';
import type { ReadTx } from '../../store/store.ts';
import { logsErrors } from './errors.ts';
import { groupOf, streamNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { streamNames } from './stream-names.ts';
import { cutDigits, filterToken, readFilterToken } from './tokens.ts';

/** Events in one answer, unless fewer are asked for, and as many of them as fit in the bytes. (LOG-8) */
const PAGE_MAX_COUNT = 10_000;
const PAGE_MAX_BYTES = 1_048_576;
/** An answer looks at about this many events at most; then it is given, even empty, with a token to go on. (LOG-8) */
const SCAN_MAX_COUNT = 50_000;

const STREAM_NAMES_MAX_COUNT = 100;
const PATTERN_MAX_LENGTH = 1_024;
/** 2024-01-01: before it AWS does not list the latest events first. */
const LATEST_FIRST_FROM_MS = 1_704_067_200_000;

/**
 * Reads the events of a group that match a pattern, over all its streams or some, in the order of their
 * timestamps. An answer may be empty and still have a token. (LOG-8)
 */
export const filterLogEvents =
  (events: LogEvents): LogsOperation<'FilterLogEvents'> =>
  async (context, input) => {
    const matches = patternOf(input);
    const token = input.nextToken === undefined ? undefined : readFilterToken(input.nextToken);
    const { group, streamIds } = context.store.read((tx) => {
      const found = groupOf(context, tx, input);
      return { group: found, streamIds: streamIdsOf(tx, found, input) };
    });
    const query: LogQuery = {
      groupId: group.groupId,
      streamIds,
      fromMs: Math.max(input.startTime ?? 0, expiryCutMs(group, context.clock.now())),
      // Unlike in GetLogEvents, the end is inclusive.
      untilMs: input.endTime === undefined ? Number.MAX_SAFE_INTEGER : input.endTime + 1,
      direction: token?.direction ?? (input.startFromHead === false ? 'backward' : 'forward'),
      cut: token?.cut,
      maxCount: PAGE_MAX_COUNT,
      maxBytes: PAGE_MAX_BYTES,
    };
    const nameOf = streamNames(context);
    const { found, cut } = await search(events, query, {
      matches: (event) => nameOf(event.streamId) !== undefined && matches(event.message),
      maxCount: input.limit ?? PAGE_MAX_COUNT,
    });
    return {
      events: found.map((event) => shapeOf(event, nameOf(event.streamId) ?? '')),
      searchedLogStreams: [],
      ...(cut === undefined ? {} : { nextToken: filterToken({ direction: query.direction, cut }) }),
    };
  };

function patternOf(input: FilterLogEventsRequest): Matches {
  const { filterPattern = '', startFromHead, startTime = 0, nextToken } = input;
  if (filterPattern.length > PATTERN_MAX_LENGTH) throw logsErrors.patternTooLong(filterPattern);
  if (startFromHead === false && nextToken === undefined && startTime < LATEST_FIRST_FROM_MS) {
    throw logsErrors.latestFirstTooEarly();
  }
  const pattern = parseFilterPattern(filterPattern);
  if (pattern.kind === 'invalid') throw logsErrors.invalidPattern();
  return pattern.matches;
}

/** The streams to read; undefined for all of the group. */
function streamIdsOf(
  tx: ReadTx,
  group: LogGroup,
  input: FilterLogEventsRequest,
): readonly string[] | undefined {
  const { logStreamNames: names = [], logStreamNamePrefix: prefix = '' } = input;
  if (names.length > STREAM_NAMES_MAX_COUNT) throw logsErrors.tooManyStreamNames(names.length);
  if (names.length > 0 && prefix !== '') throw logsErrors.streamNamesAndPrefix();
  if (names.length > 0) return names.map((name) => streamNamed(tx, group, name).streamId);
  if (prefix === '') return undefined;
  return streamsWithPrefix(tx, group.logGroupName, prefix).map((stream) => stream.streamId);
}

interface Search {
  readonly matches: (event: LogEvent) => boolean;
  readonly maxCount: number;
}

/** What an answer holds so far. */
interface Found {
  readonly events: LogEvent[];
  bytes: number;
}

/** Reads on until the answer is full or enough was looked at. `cut` is where to go on; absent at the end. */
async function search(
  events: LogEvents,
  query: LogQuery,
  wanted: Search,
): Promise<{ found: readonly LogEvent[]; cut: LogCut | undefined }> {
  const found: Found = { events: [], bytes: 0 };
  const isForward = query.direction === 'forward';
  const cutBefore = (event: LogEvent): LogCut => (isForward ? event : cutAfter(event));
  const cutBehind = (event: LogEvent): LogCut => (isForward ? cutAfter(event) : event);
  let cut = query.cut;
  for (let scannedCount = 0; scannedCount < SCAN_MAX_COUNT; ) {
    const page = await events.read({ ...query, cut });
    const inOrder = isForward ? page.events : page.events.toReversed();
    const tooMany = takeMatches(inOrder, wanted, found);
    if (tooMany !== undefined) return { found: found.events, cut: cutBefore(tooMany) };
    const last = inOrder.at(-1);
    if (!page.hasMore || last === undefined) return { found: found.events, cut: undefined };
    cut = cutBehind(last);
    scannedCount += page.events.length;
  }
  return { found: found.events, cut };
}

/** Adds the events that match to `found`; gives the first one that does not fit any more. */
function takeMatches(
  events: readonly LogEvent[],
  { matches, maxCount }: Search,
  found: Found,
): LogEvent | undefined {
  for (const event of events) {
    if (!matches(event)) continue;
    const bytes = found.bytes + eventBytes(event.message);
    const isFull = found.events.length >= maxCount || (bytes > PAGE_MAX_BYTES && found.events.length > 0);
    if (isFull) return event;
    found.bytes = bytes;
    found.events.push(event);
  }
  return undefined;
}

const cutAfter = ({ timestampMs, sequence }: LogCut): LogCut => ({ timestampMs, sequence: sequence + 1 });

const shapeOf = (event: LogEvent, logStreamName: string): FilteredLogEvent => ({
  logStreamName,
  timestamp: event.timestampMs,
  message: event.message,
  ingestionTime: event.ingestedAtMs,
  eventId: cutDigits(event),
});
