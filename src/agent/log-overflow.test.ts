import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogChunk } from '../runtime/driver.ts';
import { noOverflow, type Overflow, overflowStep } from './log-overflow.ts';

const LINE_BYTES = 10;

/** A chunk of so many lines while so many more wait. */
const chunkOf = (lineCount: number, waitingCount: number): LogChunk => ({
  lines: Array.from({ length: lineCount }, () => ({ timestampMs: 1, message: 'x' })),
  cursor: {},
  isEnd: false,
  readBytes: lineCount * LINE_BYTES,
  backlogBytes: waitingCount * LINE_BYTES,
  isGap: false,
});

/** Reads `total` lines that all wait already, one by one. */
function readAll(first: Overflow, total: number) {
  let overflow = first;
  let sent = 0;
  let told = 0;
  for (let left = total - 1; left >= 0; left -= 1) {
    const step = overflowStep(overflow, chunkOf(1, left));
    overflow = step.next;
    if (!step.isDropped) sent += 1;
    told += step.toldLines;
  }
  return { sent, told };
}

describe('overflowStep', () => {
  test('[LOG-22] in the blocking mode nothing is left out, however much waits', () => {
    expect(readAll(noOverflow(undefined, 0), 1_000)).toEqual({ sent: 1_000, told: 0 });
  });

  test('[LOG-22] as much as the buffer holds is sent, one line more is not, and every line is sent or counted', () => {
    expect(readAll(noOverflow(100, 0), 11)).toEqual({ sent: 11, told: 0 });
    expect(readAll(noOverflow(100, 0), 12)).toEqual({ sent: 11, told: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 2_000 }), (total, buffer) => {
        const { sent, told } = readAll(noOverflow(buffer, 0), total);
        expect(sent + told).toBe(total);
      }),
    );
  });

  test('[LOG-22] what waited while no agent ran is sent, whatever its size', () => {
    expect(readAll(noOverflow(100, 500 * LINE_BYTES), 500)).toEqual({ sent: 500, told: 0 });
    expect(readAll(noOverflow(100, 400 * LINE_BYTES), 500).sent).toBeLessThan(500);
  });
});
