import type { LogLine } from '../runtime/driver.ts';

/** One event of PutLogEvents. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/**
 * Limits of PutLogEvents: bytes with 26 for each event, events, and the time between the first and the last; and the
 * longest message that the engine's own awslogs driver sends in one piece. (AGT-14)
 */
export const LOG_BATCH_LIMITS = {
  bytesMaxCount: 1_048_576,
  overheadBytes: 26,
  eventsMaxCount: 10_000,
  eventMaxBytes: 262_144 - 26,
  spanMaxMs: 24 * 3_600_000,
} as const;

/** A character takes at most 3 bytes for each UTF-16 unit. */
const UNIT_MAX_BYTES = 3;

/**
 * Cuts lines into batches that PutLogEvents takes: in order of time (lines of the same time keep theirs), none empty, a
 * line that is too long for one event in several. Empty lines are left out: the service refuses them. (AGT-14)
 */
export function logBatches(
  lines: readonly LogLine[],
  eventsMaxCount: number = LOG_BATCH_LIMITS.eventsMaxCount,
): readonly (readonly LogEvent[])[] {
  const { bytesMaxCount, spanMaxMs } = LOG_BATCH_LIMITS;
  const batches: LogEvent[][] = [];
  let batch: LogEvent[] = [];
  let bytes = 0;
  let firstMs = 0;
  for (const event of inOrder(lines)) {
    const size = eventBytes(event);
    const isFull =
      bytes + size > bytesMaxCount || batch.length >= eventsMaxCount || event.timestamp - firstMs > spanMaxMs;
    if (batch.length > 0 && isFull) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length === 0) firstMs = event.timestamp;
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** What an event counts for the limit. */
export const eventBytes = (event: LogEvent): number =>
  Buffer.byteLength(event.message) + LOG_BATCH_LIMITS.overheadBytes;

/** The events of the lines by time. Nearly always they are in order already. */
function inOrder(lines: readonly LogLine[]): readonly LogEvent[] {
  const events: LogEvent[] = [];
  let isSorted = true;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { message, timestampMs } of lines) {
    const timestamp = Math.trunc(timestampMs);
    if (timestamp < lastMs) isSorted = false;
    lastMs = timestamp;
    if (message.length * UNIT_MAX_BYTES > LOG_BATCH_LIMITS.eventMaxBytes) {
      for (const piece of piecesOf(message)) events.push({ timestamp, message: piece });
    } else if (message !== '') {
      events.push({ timestamp, message });
    }
  }
  return isSorted ? events : events.sort((left, right) => left.timestamp - right.timestamp);
}

/** Cuts a message that may be too long, between characters. */
function piecesOf(message: string): readonly string[] {
  const bytes = Buffer.from(message);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(bytes.length, at + LOG_BATCH_LIMITS.eventMaxBytes);
    // Never inside of a character: bytes that go on with one begin with the bits 10.
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    pieces.push(bytes.toString('utf8', at, end));
    at = end;
  }
  return pieces;
}
