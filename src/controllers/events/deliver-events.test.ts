import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testClock } from '../../api/testing.ts';
import { type EcsEvent, type EventArchive, type PackedEvent, packedEvent } from '../../domain/events.ts';
import type { Log } from '../../lib/log.ts';
import { silentLog } from '../../lib/log.ts';
import { memoryEventArchive } from '../../records/memory-event-archive.ts';
import { startEventDelivery } from './deliver-events.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

const anEvent = (sequence: number): PackedEvent =>
  packedEvent({
    sequence,
    atMs: sequence,
    event: {
      version: '0',
      id: `${sequence}`,
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      account: '000000000000',
      time: '2026-01-15T12:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: {},
    },
  });

/** A receiver that answers as it is told, and remembers what it took. */
function aReceiver() {
  const accepted: number[] = [];
  const receiver = { accepted, isUp: true, refusals: [] as boolean[], attemptCount: 0 };
  const post = async (_url: string, event: EcsEvent): Promise<void> => {
    receiver.attemptCount += 1;
    if (!receiver.isUp || receiver.refusals.shift() === true) throw new Error('the receiver answered 500');
    accepted.push(Number(event.id));
  };
  return { receiver, post };
}

function start(archive: EventArchive, post: ReturnType<typeof aReceiver>['post'], log: Log = silentLog) {
  const clock = testClock();
  const watchers = new Set<() => void>();
  const watch = (watcher: () => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };
  const url = 'http://127.0.0.1:9/?token=secret';
  const delivery = startEventDelivery({ archive, recorder: { watch }, clock, log, url, post });
  const record = async (...sequences: readonly number[]): Promise<void> => {
    await archive.append(sequences.map(anEvent));
    for (const watcher of watchers) watcher();
    await settle();
  };
  return { delivery, clock, record };
}

test('[EVT-7] a receiver starts with what comes after it was named, and gets all of it in order', async () => {
  const archive = memoryEventArchive();
  await archive.append([anEvent(1), anEvent(2)]);
  const { receiver, post } = aReceiver();
  const { delivery, record } = start(archive, post);
  await settle();
  await record(...Array.from({ length: 250 }, (_, index) => index + 3));
  expect(receiver.accepted).toEqual(Array.from({ length: 250 }, (_, index) => index + 3));
  await delivery.stop();
});

test('[EVT-7] whatever it refuses and however often we start anew, it gets each event, in order, after refusals again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ count: fc.nat(5), refusals: fc.array(fc.boolean(), { maxLength: 8 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      async (lives) => {
        const archive = memoryEventArchive();
        const { receiver, post } = aReceiver();
        let last = 0;
        for (const { count, refusals } of lives) {
          receiver.refusals = [...refusals];
          const { delivery, record } = start(archive, post);
          await settle();
          for (let index = 0; index < count; index += 1) await record(++last);
          await delivery.stop();
        }
        receiver.refusals = [];
        const { delivery } = start(archive, post);
        await settle();
        await delivery.stop();
        expect(receiver.accepted).toEqual(Array.from({ length: last }, (_, index) => index + 1));
      },
    ),
    { numRuns: 60 },
  );
});

test('[EVT-7] after a failure it waits twice as long each time, a minute at most, whatever comes meanwhile', async () => {
  const archive = memoryEventArchive();
  const { receiver, post } = aReceiver();
  const lines: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (event, fields) => lines.push(`${event} ${JSON.stringify(fields)}`),
  };
  const { delivery, clock, record } = start(archive, post, log);
  await settle();
  receiver.isUp = false;
  await record(1);
  expect(receiver.attemptCount).toBe(1);
  await record(2);
  expect(receiver.attemptCount).toBe(1);
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
    const { attemptCount } = receiver;
    clock.advance(waitMs - 1);
    await settle();
    expect(receiver.attemptCount).toBe(attemptCount);
    clock.advance(1);
    await settle();
    expect(receiver.attemptCount).toBe(attemptCount + 1);
  }
  receiver.isUp = true;
  clock.advance(60_000);
  await settle();
  expect(receiver.accepted).toEqual([1, 2]);
  expect(lines.join()).not.toContain('secret');
  await delivery.stop();
});
