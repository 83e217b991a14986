import type { LogCut, LogEvents, LogPage } from '../../domain/log-events.ts';
import { expiryCutMs } from '../../domain/logs.ts';
import { groupOf, streamNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { type EventsToken, eventsToken, readEventsToken } from './tokens.ts';

/** Events in one answer, unless fewer are asked for, and as many of them as fit in the bytes. (LOG-7) */
const PAGE_MAX_COUNT = 10_000;
const PAGE_MAX_BYTES = 1_048_576;

/**
 * Reads one stream page by page, from its end backward unless asked otherwise. Every answer has a token for either
 * side of its events; where there is nothing more, the token that was sent comes back. (LOG-7)
 */
export const getLogEvents =
  (events: LogEvents): LogsOperation<'GetLogEvents'> =>
  async (context, input) => {
    const token = input.nextToken === undefined ? undefined : readEventsToken(input.nextToken);
    const { group, stream } = context.store.read((tx) => {
      const found = groupOf(context, tx, input);
      return { group: found, stream: streamNamed(tx, found, input.logStreamName) };
    });
    const fromMs = Math.max(input.startTime ?? 0, expiryCutMs(group, context.clock.now()));
    const page = await events.read({
      groupId: group.groupId,
      streamIds: [stream.streamId],
      fromMs,
      untilMs: input.endTime ?? Number.MAX_SAFE_INTEGER,
      direction: token?.direction ?? (input.startFromHead === true ? 'forward' : 'backward'),
      cut: token?.cut,
      maxCount: input.limit ?? PAGE_MAX_COUNT,
      maxBytes: PAGE_MAX_BYTES,
    });
    const { before, after } = cutsAround(page, token, fromMs);
    return {
      events: page.events.map(({ timestampMs, message, ingestedAtMs }) => ({
        timestamp: timestampMs,
        message,
        ingestionTime: ingestedAtMs,
      })),
      nextForwardToken: eventsToken({ direction: 'forward', cut: after }),
      nextBackwardToken: eventsToken({ direction: 'backward', cut: before }),
    };
  };

/** The cuts on either side of a page. Around an empty one both are where the reader stood. */
function cutsAround(
  page: LogPage,
  token: EventsToken | undefined,
  fromMs: number,
): { before: LogCut; after: LogCut } {
  const first = page.events[0];
  const last = page.events.at(-1);
  if (first === undefined || last === undefined) {
    const cut = token?.cut ?? { timestampMs: Math.max(0, fromMs), sequence: 0 };
    return { before: cut, after: cut };
  }
  return { before: first, after: { timestampMs: last.timestampMs, sequence: last.sequence + 1 } };
}
