import type { LogLine } from '../runtime/driver.ts';

/** One event of PutLogEvents. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Limits of PutLogEvents: bytes with 26 for each event, events, and the time between the first and the last. (AGT-14) */
export const LOG_BATCH_LIMITS = {
  bytesMaxCount: 1_048_576,
  overheadBytes: 26,
  eventsMaxCount: 10_000,
  spanMaxMs: 24 * 3_600_000,
} as const;

/**
 * Cuts lines into batches that PutLogEvents takes: in order of time (lines of the same time keep theirs), none empty, a
 * line that is too long for one event in several. Empty lines are left out: the service refuses them. (AGT-14)
 */
export function logBatches(lines: readonly LogLine[]): readonly (readonly LogEvent[])[] {
  const events = lines.flatMap(eventsOf).sort((left, right) => left.timestamp - right.timestamp);
  const batches: LogEvent[][] = [];
  let batch: LogEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = eventBytes(event);
    if (batch.length > 0 && isFull(batch, bytes + size, event)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

function isFull(batch: readonly LogEvent[], bytes: number, event: LogEvent): boolean {
  const { bytesMaxCount, eventsMaxCount, spanMaxMs } = LOG_BATCH_LIMITS;
  const first = batch[0]?.timestamp ?? event.timestamp;
  return bytes > bytesMaxCount || batch.length >= eventsMaxCount || event.timestamp - first > spanMaxMs;
}

/** What an event counts for the limit. */
export const eventBytes = (event: LogEvent): number =>
  Buffer.byteLength(event.message) + LOG_BATCH_LIMITS.overheadBytes;

/** A character takes at most 3 bytes for each UTF-16 unit, so a piece of this many units always fits. */
const PIECE_LENGTH = 262_000;

function eventsOf(line: LogLine): readonly LogEvent[] {
  const timestamp = Math.trunc(line.timestampMs);
  if (line.message.length <= PIECE_LENGTH)
    return line.message === '' ? [] : [{ timestamp, message: line.message }];
  const pieces: LogEvent[] = [];
  for (let at = 0; at < line.message.length; ) {
    let end = Math.min(line.message.length, at + PIECE_LENGTH);
    // Never between the two halves of one character.
    const last = line.message.charCodeAt(end - 1);
    if (end < line.message.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    pieces.push({ timestamp, message: line.message.slice(at, end) });
    at = end;
  }
  return pieces;
}
