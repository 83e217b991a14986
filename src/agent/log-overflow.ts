import type { LogChunk } from '../runtime/driver.ts';

/** How much output may wait, and what is to be left out of what waits now. Plain values. (LOG-22) */
export interface Overflow {
  /** Undefined: the output waits as long as it takes. */
  readonly bufferMaxBytes: number | undefined;
  /** Of what waits, so many bytes are still sent… */
  readonly keepBytes: number;
  /** …and so many after them are not. */
  readonly dropBytes: number;
  readonly droppedLines: number;
}

/** Nothing waits. `waitingBytes` are those that an earlier run of the agent left behind: all of them are sent. */
export const noOverflow = (bufferMaxBytes: number | undefined, waitingBytes: number): Overflow => ({
  bufferMaxBytes,
  keepBytes: waitingBytes,
  dropBytes: 0,
  droppedLines: 0,
});

/** What to do with the lines of a chunk. */
export interface OverflowStep {
  readonly isDropped: boolean;
  readonly next: Overflow;
  /** Lines that were left out, once the last of them was. */
  readonly toldLines: number;
}

/**
 * Follows the output chunk by chunk. When more waits than the buffer holds, a buffer's worth is kept and what came after
 * it, up to now, is left out: the newest lines are lost, as in a full buffer. (LOG-22)
 */
export function overflowStep(overflow: Overflow, chunk: LogChunk): OverflowStep {
  const { bufferMaxBytes } = overflow;
  if (bufferMaxBytes === undefined) return { isDropped: false, next: overflow, toldLines: 0 };
  if (overflow.keepBytes > 0) {
    const keepBytes = Math.max(0, overflow.keepBytes - chunk.readBytes);
    return { isDropped: false, next: { ...overflow, keepBytes }, toldLines: 0 };
  }
  if (overflow.dropBytes > 0) return dropping(overflow, chunk);
  const excess = chunk.backlogBytes - bufferMaxBytes;
  const next = excess > 0 ? { ...overflow, keepBytes: bufferMaxBytes, dropBytes: excess } : overflow;
  return { isDropped: false, next, toldLines: 0 };
}

function dropping(overflow: Overflow, chunk: LogChunk): OverflowStep {
  const dropBytes = Math.max(0, overflow.dropBytes - chunk.readBytes);
  const droppedLines = overflow.droppedLines + chunk.lines.length;
  const isDone = dropBytes === 0 || chunk.backlogBytes === 0;
  return {
    isDropped: true,
    next: { ...overflow, dropBytes: isDone ? 0 : dropBytes, droppedLines: isDone ? 0 : droppedLines },
    toldLines: isDone ? droppedLines : 0,
  };
}
