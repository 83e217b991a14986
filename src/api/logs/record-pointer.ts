import type { LogEvent } from '../../domain/log-events.ts';
import { pageToken } from '../../lib/pagination.ts';
import { logsErrors } from './errors.ts';
import { readListToken } from './tokens.ts';

/** What `@ptr` of a query's row names: one event of one stream. */
export interface RecordPointer {
  readonly groupId: string;
  readonly streamId: string;
  readonly timestampMs: number;
  readonly sequence: number;
}

/** The pointer to an event, opaque to clients. (LOG-34) */
export const recordPointer = (groupId: string, event: LogEvent): string =>
  pageToken([groupId, event.streamId, event.timestampMs, event.sequence].join(' '));

/** Reads a pointer; anything else is the caller's error. */
export function readRecordPointer(pointer: string): RecordPointer {
  const [groupId = '', streamId = '', timestamp, sequence] = keyOf(pointer).split(' ');
  const timestampMs = Number(timestamp);
  const isOurs =
    Number.isSafeInteger(timestampMs) && Number.isSafeInteger(Number(sequence)) && groupId !== '';
  if (!isOurs) throw logsErrors.invalidPointer();
  return { groupId, streamId, timestampMs, sequence: Number(sequence) };
}

function keyOf(pointer: string): string {
  try {
    return readListToken(pointer) ?? '';
  } catch {
    throw logsErrors.invalidPointer();
  }
}
