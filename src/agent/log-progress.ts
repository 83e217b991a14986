import type { LogCursor, LogLine } from '../runtime/driver.ts';
import type { LogEvent } from './log-batch.ts';

/** How far a container's output was shipped. Plain JSON, kept across restarts of the agent. (AGT-14) */
export interface LogProgress {
  /** All output before it was accepted, but for `held`; absent at the beginning. */
  readonly cursor?: LogCursor | undefined;
  /** The lines before `cursor` of an event that may still get more. (LOG-20) */
  readonly held?: LogLine | undefined;
  /** What was being sent when this was kept: the service may have accepted some batches. */
  readonly sending?: LogSending | undefined;
}

/** Lines after a place that are being sent, and the place behind them. */
export interface LogSending {
  readonly lineCount: number;
  readonly cursor: LogCursor;
  /** The held event goes out too, because nothing followed it. */
  readonly isFlush?: boolean | undefined;
}

/**
 * How many of the batches, which are sent in order and accepted whole, the service has already: those up to the one
 * that its stream ends with. `tail` is the end of the stream, of at most one page: where that is shorter than the batch,
 * as much as there is of it is compared. (AGT-14)
 */
export function acceptedBatchCount(
  batches: readonly (readonly LogEvent[])[],
  tail: readonly LogEvent[],
): number {
  return batches.findLastIndex((batch) => endsWith(tail, batch)) + 1;
}

function endsWith(tail: readonly LogEvent[], batch: readonly LogEvent[]): boolean {
  const count = Math.min(tail.length, batch.length);
  const compared = batch.slice(batch.length - count);
  const offset = tail.length - count;
  return (
    count > 0 &&
    compared.every((event, index) => {
      const stored = tail[offset + index];
      return stored?.timestamp === event.timestamp && stored.message === event.message;
    })
  );
}
