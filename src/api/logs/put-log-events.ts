import type { LogEvents, NewLogEvent } from '../../domain/log-events.ts';
import { expiryCutMs, type LogGroup } from '../../domain/logs.ts';
import type { Instant } from '../../lib/clock.ts';
import { eventBytes } from '../../lib/event-bytes.ts';
import type { InputLogEvent, RejectedLogEventsInfo } from '../../shapes/generated/logs.ts';
import { logsErrors } from './errors.ts';
import { groupNamed, streamNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { cutDigits } from './tokens.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The messages of a batch, with 26 bytes for each, are at most this many bytes. (LOG-2) */
const BATCH_MAX_BYTES = 1_048_576;
/** What an event counts for beside its message. (LOG-2) */
const OVERHEAD_BYTES = eventBytes('');
/** The first and the last event of a batch are at most so far apart. (LOG-2) */
const BATCH_SPAN_MAX_MS = DAY_MS;
/** An event further in the future than this is dropped. (LOG-2) */
const TOO_NEW_MS = 2 * HOUR_MS;
/** An event older than this is dropped. (LOG-2) */
const TOO_OLD_MS = 14 * DAY_MS;

/**
 * Appends events to a stream; answers when they are durable. Events that are too new, too old or expired are
 * dropped and told of; the rest is stored. Sequence tokens are ignored, as AWS does since 2023. (LOG-1, LOG-2)
 */
export const putLogEvents =
  (events: LogEvents): LogsOperation<'PutLogEvents'> =>
  async (context, input) => {
    refuseBatch(input.logEvents);
    const now = context.clock.now();
    const { group, stream } = context.store.read((tx) => {
      const found = groupNamed(tx, input.logGroupName);
      return { group: found, stream: streamNamed(tx, found, input.logStreamName) };
    });
    const { kept, rejected } = sorted(input.logEvents, group, now);
    const { groupId, streamId } = stream;
    const sequence =
      kept.length === 0 ? 0 : await events.append({ groupId, streamId, ingestedAtMs: now, events: kept });
    return {
      nextSequenceToken: cutDigits({ timestampMs: now, sequence }),
      ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
      // Entities are not kept; AWS has an answer that says so without losing the events.
      ...(input.entity === undefined ? {} : { rejectedEntityInfo: { errorType: 'UnsupportedLogGroupType' } }),
    };
  };

function refuseBatch(events: readonly InputLogEvent[]): void {
  let bytes = 0;
  let last = events[0]?.timestamp ?? 0;
  for (const { timestamp, message } of events) {
    if (timestamp < last) throw logsErrors.notChronological();
    last = timestamp;
    // The engine counts faster than a loop over characters, and these are many.
    bytes += Buffer.byteLength(message) + OVERHEAD_BYTES;
  }
  if (last - (events[0]?.timestamp ?? 0) > BATCH_SPAN_MAX_MS) throw logsErrors.batchSpan();
  if (bytes > BATCH_MAX_BYTES) throw logsErrors.uploadTooLarge(bytes, BATCH_MAX_BYTES);
}

/** The events to keep, and where the others lie; the events are in chronological order. */
function sorted(
  events: readonly InputLogEvent[],
  group: LogGroup,
  now: Instant,
): { readonly kept: readonly NewLogEvent[]; readonly rejected: RejectedLogEventsInfo | undefined } {
  const firstFrom = (timestampMs: number): number => {
    const index = events.findIndex(({ timestamp }) => timestamp >= timestampMs);
    return index < 0 ? events.length : index;
  };
  const tooOldEnd = firstFrom(now - TOO_OLD_MS);
  const expiredEnd = firstFrom(expiryCutMs(group, now));
  const tooNewStart = firstFrom(now + TOO_NEW_MS + 1);
  const kept = events.slice(Math.max(tooOldEnd, expiredEnd), tooNewStart);
  const rejected = {
    ...(tooNewStart < events.length ? { tooNewLogEventStartIndex: tooNewStart } : {}),
    ...(tooOldEnd > 0 ? { tooOldLogEventEndIndex: tooOldEnd } : {}),
    ...(expiredEnd > 0 ? { expiredLogEventEndIndex: expiredEnd } : {}),
  };
  return {
    kept: kept.map(({ timestamp, message }) => ({ timestampMs: timestamp, message })),
    rejected: Object.keys(rejected).length === 0 ? undefined : rejected,
  };
}
