import type { LogLine } from '../runtime/driver.ts';
import { LOG_BATCH_LIMITS } from './log-batch.ts';

/** Lines as events, and the event that may still get lines. */
export interface GroupedLines {
  readonly events: readonly LogLine[];
  readonly held: LogLine | undefined;
}

/**
 * Joins lines to events: each line that matches begins one, and the lines up to the next one belong to it, with their
 * line ends; its time is that of its first line. An event ends before it would be longer than the service takes. Without
 * a pattern every line is an event. (LOG-20)
 */
export function groupLines(
  pattern: RegExp | undefined,
  before: LogLine | undefined,
  lines: readonly LogLine[],
): GroupedLines {
  if (pattern === undefined) return { events: lines, held: undefined };
  const events: LogLine[] = [];
  let held = before;
  let heldBytes = held === undefined ? 0 : Buffer.byteLength(held.message);
  for (const { timestampMs, message } of lines) {
    const bytes = Buffer.byteLength(message) + 1;
    const isFirst = pattern.test(message);
    if (held !== undefined && (isFirst || heldBytes + bytes > LOG_BATCH_LIMITS.eventMaxBytes)) {
      events.push(held);
      held = isFirst ? undefined : { timestampMs: held.timestampMs, message: '' };
      heldBytes = 0;
    }
    held = { timestampMs: held?.timestampMs ?? timestampMs, message: `${held?.message ?? ''}${message}\n` };
    heldBytes += bytes;
  }
  return { events, held };
}
