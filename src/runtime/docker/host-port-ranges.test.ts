import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostPortRanges } from './host-port-ranges.ts';

const BOUNDS = { first: 100, last: 130 };
const rangesWith = (taken: ReadonlySet<number>): HostPortRanges =>
  new HostPortRanges(
    async (port) => !taken.has(port),
    async () => BOUNDS,
  );

describe('host ports of a range', () => {
  test('[RUN-36] are as many, in a row, free and ephemeral; or there are none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: BOUNDS.first, max: BOUNDS.last }), { maxLength: 20 }),
        fc.integer({ min: 2, max: 33 }),
        async (busy, count) => {
          const taken = new Set(busy);
          const mapped = await rangesWith(taken)
            .take({ first: 8000, last: 8000 + count - 1, protocol: 'tcp' })
            .catch(() => undefined);
          const isPossible = Array.from({ length: 31 }, (_, index) => BOUNDS.first + index).some((start) =>
            Array.from({ length: count }, (_, index) => start + index).every(
              (port) => port <= BOUNDS.last && !taken.has(port),
            ),
          );
          expect(mapped !== undefined).toBe(isPossible);
          for (const [index, { containerPort, hostPort }] of (mapped ?? []).entries()) {
            expect(containerPort).toBe(8000 + index);
            expect(hostPort - index).toBe(mapped?.[0]?.hostPort);
            expect(taken.has(hostPort)).toBe(false);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('[RUN-36] two searches at once do not find the same, and the search goes on from the lower end', async () => {
    const ranges = rangesWith(new Set());
    const range = { first: 1, last: 10, protocol: 'udp' } as const;
    const found = await Promise.all([1, 2, 3, 4].map(() => ranges.take(range)));
    expect(found.map((row) => row[0]?.hostPort)).toEqual([115, 100, 110, 120]);
  });

  test('[RUN-36] the lower half, from which the engine gives single ports, is taken last', async () => {
    const ranges = rangesWith(new Set());
    const range = { first: 1, last: 4, protocol: 'tcp' } as const;
    const found = await Promise.all([1, 2, 3, 4, 5].map(() => ranges.take(range)));
    expect(found.map((row) => row[0]?.hostPort)).toEqual([115, 119, 123, 127, 115]);
  });
});
