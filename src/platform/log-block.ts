import type { NewLogEvent } from '../domain/log-events.ts';
import { eventBytes } from '../lib/event-bytes.ts';

/** Events of one append that are stored as one row: writing a row costs the same for one event as for a thousand. */
export interface LogBlock {
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly count: number;
  /** As `eventBytes` counts them. */
  readonly bytes: number;
  /** For each event its timestamp after the first one's and its length in UTF-16 units, then all messages in UTF-8. */
  readonly data: Uint8Array;
}

/** A reader opens whole blocks, and one for each stream at once, so they stay small. */
const BLOCK_MAX_COUNT = 1_024;
const BLOCK_MAX_UNITS = 128 * 1024;
const WORD_BYTES = 4;
const OVERHEAD_BYTES = eventBytes('');

/** Cuts events, which are in chronological order and span less than a month, into blocks. */
export function encodeBlocks(events: readonly NewLogEvent[]): readonly LogBlock[] {
  const blocks: LogBlock[] = [];
  for (let from = 0; from < events.length; ) {
    let to = from;
    for (let units = 0; to < events.length && to - from < BLOCK_MAX_COUNT; to += 1) {
      units += events[to]?.message.length ?? 0;
      if (units > BLOCK_MAX_UNITS && to > from) break;
    }
    blocks.push(encodeBlock(events.slice(from, to)));
    from = to;
  }
  return blocks;
}

function encodeBlock(events: readonly NewLogEvent[]): LogBlock {
  const firstTimestampMs = events[0]?.timestampMs ?? 0;
  const text = events.map(({ message }) => message).join('');
  const headBytes = events.length * 2 * WORD_BYTES;
  const textBytes = Buffer.byteLength(text);
  // Not from the shared pool, all of which would go along to another thread.
  const data = Buffer.allocUnsafeSlow(headBytes + textBytes);
  events.forEach(({ timestampMs, message }, index) => {
    data.writeUInt32LE(timestampMs - firstTimestampMs, index * 2 * WORD_BYTES);
    data.writeUInt32LE(message.length, (index * 2 + 1) * WORD_BYTES);
  });
  data.write(text, headBytes, 'utf8');
  return {
    firstTimestampMs,
    lastTimestampMs: events.at(-1)?.timestampMs ?? 0,
    count: events.length,
    bytes: textBytes + events.length * OVERHEAD_BYTES,
    data,
  };
}

/** The events of a block. */
export function decodeBlock(block: Pick<LogBlock, 'firstTimestampMs' | 'count' | 'data'>): NewLogEvent[] {
  const { firstTimestampMs, count, data } = block;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = bytes.toString('utf8', count * 2 * WORD_BYTES);
  const events: NewLogEvent[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const afterMs = bytes.readUInt32LE(index * 2 * WORD_BYTES);
    const end = at + bytes.readUInt32LE((index * 2 + 1) * WORD_BYTES);
    events.push({ timestampMs: firstTimestampMs + afterMs, message: text.slice(at, end) });
    at = end;
  }
  return events;
}
