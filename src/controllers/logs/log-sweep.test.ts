import { expect, test } from 'vitest';
import { testClock } from '../../api/testing.ts';
import { silentLog } from '../../lib/log.ts';
import { memoryLogEvents } from '../../records/memory-log-events.ts';
import { memoryStore } from '../../store/memory-store.ts';
import { startLogSweep } from './log-sweep.ts';

const HOUR_MS = 3_600_000;

test('[LOG-6] startLogSweep sweeps at once, then every hour until it is stopped', async () => {
  const store = await memoryStore();
  const clock = testClock();
  const events = memoryLogEvents();
  const orphan = () =>
    events.append({
      groupId: 'g',
      streamId: 's',
      ingestedAtMs: 0,
      events: [{ timestampMs: 0, message: 'x' }],
    });
  /** Lets a sweep, which waits for nothing but memory, come to its end. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await orphan();
  const stop = startLogSweep({ store, events, clock, log: silentLog });
  await settle();
  expect(events.owners()).toEqual([]);
  await orphan();
  clock.advance(HOUR_MS);
  await settle();
  expect(events.owners()).toEqual([]);
  await orphan();
  stop();
  clock.advance(2 * HOUR_MS);
  await settle();
  expect(events.owners().length).toBe(1);
});
