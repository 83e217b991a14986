import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptedBatchCount } from './log-progress.ts';

const event = (timestamp: number) => ({ timestamp, message: `line ${timestamp}` });

describe('what a stopped agent had sent', () => {
  test('[AGT-14] the batches that the stream has are counted, whatever came before them', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.nat(5), fc.nat(10), (lengths, older, accepted) => {
        let next = 100;
        const batches = lengths.map((length) =>
          Array.from({ length }, () => {
            next += 1;
            return event(next);
          }),
        );
        const count = Math.min(accepted, batches.length);
        const stream = [
          ...Array.from({ length: older }, (_, at) => event(at)),
          ...batches.slice(0, count).flat(),
        ];
        expect(acceptedBatchCount(batches, stream)).toBe(count);
      }),
    );
  });

  test('[AGT-14] of a long batch the end is enough', () => {
    const batch = Array.from({ length: 100 }, (_, at) => event(at));
    expect(acceptedBatchCount([batch], batch.slice(90))).toBe(1);
    expect(acceptedBatchCount([batch], batch.slice(80, 90))).toBe(0);
  });

  test('[AGT-14] an empty stream has none', () => {
    expect(acceptedBatchCount([[event(1)]], [])).toBe(0);
  });
});
