import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  DETAIL_TYPES,
  type EventArchive,
  type EventQuery,
  packedEvent,
  type RecordedEvent,
} from '../domain/events.ts';
import { memoryEventArchive } from '../records/memory-event-archive.ts';
import { openEventArchive } from './event-archive-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'gantry-archive-'));
afterAll(() => rmSync(directory, { recursive: true }));
let fileCount = 0;
const freshPath = (): string => {
  fileCount += 1;
  return join(directory, `${fileCount}`, 'events.db');
};

const anEvent = (sequence: number, part: Partial<RecordedEvent> = {}, detail = {}): RecordedEvent => ({
  sequence,
  atMs: sequence * 10,
  serviceArn: undefined,
  event: {
    version: '0',
    id: `id-${sequence}`,
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: '000000000000',
    time: '2026-01-15T12:00:00Z',
    region: 'us-east-1',
    resources: ['arn:aws:ecs:us-east-1:000000000000:task/default/t1'],
    detail,
  },
  ...part,
});

const sequences = async (archive: EventArchive, query: Partial<EventQuery> = {}) =>
  (await archive.read({ limit: 1000, ...query })).map(({ sequence }) => sequence);

/** What every archive promises. */
function describeEventArchive(name: string, make: () => Promise<EventArchive>): void {
  describe(`EventArchive: ${name}`, () => {
    test('[EVT-3] what is appended again, in whatever batches, is kept once and in order', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 10 })), { maxLength: 12 }),
          async (batches) => {
            const archive = await make();
            let last = 0;
            for (const [back, count] of batches) {
              const start = Math.max(1, last + 1 - back);
              await archive.append(
                Array.from({ length: count }, (_, index) => packedEvent(anEvent(start + index))),
              );
              last = Math.max(last, start + count - 1);
            }
            expect(archive.lastSequence()).toBe(last);
            expect(await sequences(archive)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
            await archive.close();
          },
        ),
        { numRuns: name === 'memory' ? 100 : 8 },
      );
    });

    test('[EVT-8] a query gives exactly the events that it describes', async () => {
      const archive = await make();
      const arn = (kind: string, id: string): string =>
        `arn:aws:ecs:us-east-1:000000000000:${kind}/default/${id}`;
      const events = Array.from({ length: 60 }, (_, index) => {
        const sequence = index + 1;
        const event = anEvent(sequence, {
          serviceArn: index % 3 === 0 ? arn('service', `s${index % 2}`) : undefined,
        });
        return {
          ...event,
          event: {
            ...event.event,
            'detail-type': DETAIL_TYPES[index % 4] ?? 'ECS Service Action',
            resources: [arn('task', `t${index % 5}`)],
            detail: { lastStatus: index % 8 === 0 ? 'STOPPED' : 'RUNNING' },
          },
        };
      });
      await archive.append(events.map(packedEvent));
      const references = ['t1', 's1', arn('task', 't2'), arn('service', 's0'), arn('task', 's0'), 'none'];
      await fc.assert(
        fc.asyncProperty(
          fc.record(
            {
              after: fc.nat(70),
              fromMs: fc.nat(700),
              untilMs: fc.nat(700),
              resource: fc.constantFrom(...references),
              detailType: fc.constantFrom(...DETAIL_TYPES),
              isStoppedTask: fc.boolean(),
            },
            { requiredKeys: [] },
          ),
          fc.integer({ min: 1, max: 70 }),
          async (query, limit) => {
            const wanted = events.filter(({ sequence, atMs, serviceArn, event }) => {
              const names = [event.resources[0], serviceArn].flatMap((each) =>
                each === undefined ? [] : [each, each.slice(each.lastIndexOf('/') + 1)],
              );
              const isStopped =
                event['detail-type'] === DETAIL_TYPES[0] && event.detail.lastStatus === 'STOPPED';
              return (
                sequence > (query.after ?? 0) &&
                atMs >= (query.fromMs ?? 0) &&
                atMs < (query.untilMs ?? 10_000) &&
                (query.detailType === undefined || event['detail-type'] === query.detailType) &&
                (query.isStoppedTask !== true || isStopped) &&
                (query.resource === undefined || names.includes(query.resource))
              );
            });
            expect(await archive.read({ ...query, limit })).toEqual(wanted.slice(0, limit));
          },
        ),
        { numRuns: 60 },
      );
      await archive.close();
    });

    test('[EVT-6] expiry takes what came about before, and clearing all; neither starts the count again', async () => {
      const archive = await make();
      await archive.append([1, 2, 3].map((sequence) => packedEvent(anEvent(sequence))));
      await archive.expire(20);
      expect(await sequences(archive)).toEqual([2, 3]);
      await archive.expire(21);
      expect(await sequences(archive)).toEqual([3]);
      await archive.clear();
      expect(await sequences(archive)).toEqual([]);
      await archive.append([3, 4].map((sequence) => packedEvent(anEvent(sequence))));
      expect(await sequences(archive)).toEqual([4]);
      await archive.close();
    });

    test('[EVT-7] cursors are kept by name', async () => {
      const archive = await make();
      expect(await archive.cursor('a')).toBeUndefined();
      await archive.moveCursor('a', 5);
      await archive.moveCursor('a', 7);
      await archive.moveCursor('b', 0);
      expect([await archive.cursor('a'), await archive.cursor('b')]).toEqual([7, 0]);
      await archive.close();
    });
  });
}

describeEventArchive('memory', () => Promise.resolve(memoryEventArchive()));
describeEventArchive('SQLite', () => openEventArchive(freshPath()));

test('[EVT-6] events, cursors and the count are there after closing and opening, for the owner alone', async () => {
  const path = freshPath();
  const archive = await openEventArchive(path);
  const detail = { stoppedReason: 'ä € 😀 "quoted"\n', containers: [{ exitCode: 137 }] };
  await archive.append([packedEvent(anEvent(4, {}, detail))]);
  await archive.moveCursor('a', 4);
  await archive.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = await openEventArchive(path);
  expect(again.lastSequence()).toBe(4);
  expect(await again.cursor('a')).toBe(4);
  expect(await again.read({ limit: 10 })).toEqual([anEvent(4, {}, detail)]);
  await again.close();
});
