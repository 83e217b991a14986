import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventBytes, LOG_BATCH_LIMITS, logBatches } from './log-batch.ts';

const lines = fc.array(
  fc.record({
    timestampMs: fc.integer({ min: 0, max: 3 * 86_400_000 }),
    message: fc.string({ maxLength: 40 }),
  }),
  { maxLength: 60 },
);

describe('logBatches', () => {
  test('[AGT-14] every batch is one that the service takes', () => {
    fc.assert(
      fc.property(lines, (given) => {
        for (const batch of logBatches(given)) {
          const times = batch.map(({ timestamp }) => timestamp);
          expect(batch.length).toBeGreaterThan(0);
          expect(times).toEqual([...times].sort((left, right) => left - right));
          expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThanOrEqual(LOG_BATCH_LIMITS.spanMaxMs);
          expect(batch.every(({ message }) => message !== '')).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('[AGT-14] no line is lost, and lines of the same moment keep their order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 50 }), (messages) => {
        const given = messages.map((message) => ({ timestampMs: 5, message }));
        expect(logBatches(given).flatMap((batch) => batch.map(({ message }) => message))).toEqual(messages);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    { name: 'one event more than fits makes two batches', count: 10_001, sizes: [10_000, 1] },
    { name: 'exactly as many as fit make one', count: 10_000, sizes: [10_000] },
  ])('[AGT-14] $name', ({ count, sizes }) => {
    const given = Array.from({ length: count }, () => ({ timestampMs: 1, message: 'x' }));
    expect(logBatches(given).map((batch) => batch.length)).toEqual(sizes);
  });

  test('[AGT-14] bytes count with 26 for each event', () => {
    const message = 'x'.repeat(1024 - LOG_BATCH_LIMITS.overheadBytes);
    const batches = logBatches(Array.from({ length: 1025 }, () => ({ timestampMs: 1, message })));
    expect(batches.map((batch) => batch.reduce((sum, event) => sum + eventBytes(event), 0))).toEqual([
      1_048_576, 1024,
    ]);
  });

  test('[AGT-14] a line too long for an event is cut between characters', () => {
    const message = `${'x'.repeat(261_999)}😀${'é'.repeat(300_000)}`;
    const events = logBatches([{ timestampMs: 1, message }]).flat();
    expect(events.map((event) => event.message).join('')).toBe(message);
    const sizes = events.map((event) => Buffer.byteLength(event.message));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LOG_BATCH_LIMITS.eventMaxBytes);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(LOG_BATCH_LIMITS.eventMaxBytes - 4);
  });
});
