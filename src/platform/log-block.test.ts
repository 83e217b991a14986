import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventBytes } from '../lib/event-bytes.ts';
import { decodeBlock, encodeBlocks } from './log-block.ts';

describe('blocks of log events', () => {
  test('[LOG-1] what goes in comes out, whatever the text', () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_600_000 }), fc.string({ unit: 'grapheme' })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2e12 }), gaps, (start, given) => {
        let at = start;
        const events = given.map(([gap, message]) => {
          at += gap;
          return { timestampMs: at, message };
        });
        const blocks = encodeBlocks(events);
        expect(blocks.flatMap(decodeBlock)).toEqual(events);
        const bytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
        expect(bytes).toBe(events.reduce((sum, { message }) => sum + eventBytes(message), 0));
      }),
    );
  });

  test.each([
    [1_024, 1, [1_024]],
    [1_025, 1, [1_024, 1]],
    [2, 65_536, [2]],
    [2, 65_537, [1, 1]],
    [1, 1_000_000, [1]],
  ])('%i events of %i characters make blocks of %o', (count, length, sizes) => {
    const events = Array.from({ length: count }, () => ({ timestampMs: 1, message: 'x'.repeat(length) }));
    expect(encodeBlocks(events).map((block) => block.count)).toEqual(sizes);
  });
});
