import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { LogCut, LogEvent, LogEvents, LogQuery } from '../domain/log-events.ts';
import { compareCuts } from '../lib/compare-cuts.ts';
import { eventBytes } from '../lib/event-bytes.ts';
import { memoryLogEvents } from '../records/memory-log-events.ts';
import { openLogEventsFile } from './log-events-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'gantry-events-'));
afterAll(() => rmSync(directory, { recursive: true }));
let fileCount = 0;
const freshPath = (): string => {
  fileCount += 1;
  return join(directory, `${fileCount}`, 'events.sqlite');
};

const ALL: Omit<LogQuery, 'groupId' | 'direction'> = {
  fromMs: 0,
  untilMs: Number.MAX_SAFE_INTEGER,
  maxCount: 10_000,
  maxBytes: 1_000_000,
};

let groupCount = 0;
/** Group and stream names of their own for each case, so that one file serves many. */
const freshGroup = (): string => {
  groupCount += 1;
  return `group-${groupCount}`;
};

/** Puts one event per append: the arrival order is the order of the list. */
async function fill(
  events: LogEvents,
  groupId: string,
  arrivals: readonly (readonly [number, number])[],
): Promise<void> {
  await Promise.all(
    arrivals.map(([stream, timestampMs], index) =>
      events.append({
        groupId,
        streamId: `${groupId}/${stream}`,
        ingestedAtMs: 1_000 + index,
        events: [{ timestampMs, message: `m${index}` }],
      }),
    ),
  );
}

const messages = (events: readonly LogEvent[]): readonly string[] => events.map(({ message }) => message);

/** Reads page after page until the end and gives all messages, ascending. */
async function readAll(events: LogEvents, query: LogQuery): Promise<readonly string[]> {
  const found: LogEvent[] = [];
  let cut: LogCut | undefined = query.cut;
  for (;;) {
    const page = await events.read({ ...query, cut });
    if (query.direction === 'forward') found.push(...page.events);
    else found.unshift(...page.events);
    const edge = query.direction === 'forward' ? page.events.at(-1) : page.events[0];
    if (edge === undefined || !page.hasMore) return messages(found);
    cut = query.direction === 'forward' ? { ...edge, sequence: edge.sequence + 1 } : edge;
  }
}

const anyArrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 5 })), {
  maxLength: 30,
});

/** What every store of log events promises. */
function describeLogEvents(name: string, make: () => Promise<LogEvents>): void {
  describe(`LogEvents: ${name}`, () => {
    test('[LOG-3] paging in either direction gives every wanted event once, by timestamp and then arrival', async () => {
      const events = await make();
      await fc.assert(
        fc.asyncProperty(
          anyArrivals,
          fc.integer({ min: 1, max: 7 }),
          fc.constantFrom('forward' as const, 'backward' as const),
          fc.record({
            streams: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 2 }))),
            fromMs: fc.integer({ min: 0, max: 3 }),
            untilMs: fc.integer({ min: 3, max: 6 }),
          }),
          async (arrivals, maxCount, direction, { streams, fromMs, untilMs }) => {
            const groupId = freshGroup();
            await fill(events, groupId, arrivals);
            const wanted = arrivals
              .map(([stream, timestampMs], index) => ({
                stream,
                timestampMs,
                sequence: index,
                message: `m${index}`,
              }))
              .filter(({ stream }) => streams === null || streams.includes(stream))
              .filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs < untilMs)
              .sort(compareCuts);
            const streamIds = streams?.map((stream) => `${groupId}/${stream}`);
            const found = await readAll(events, {
              ...ALL,
              groupId,
              streamIds,
              fromMs,
              untilMs,
              direction,
              maxCount,
            });
            expect(found).toEqual(wanted.map(({ message }) => message));
          },
        ),
        { numRuns: 60 },
      );
      await events.close();
    });

    test('[LOG-3] appends of many events that overlap in time are read in one order, page by page', async () => {
      const events = await make();
      const anAppend = fc.record({
        stream: fc.integer({ min: 0, max: 2 }),
        gaps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(anAppend, { maxLength: 8 }),
          fc.integer({ min: 1, max: 5 }),
          fc.constantFrom('forward' as const, 'backward' as const),
          fc.boolean(),
          async (appends, maxCount, direction, isOneStream) => {
            const groupId = freshGroup();
            const wanted: (LogCut & { readonly message: string; readonly stream: number })[] = [];
            for (const { stream, gaps } of appends) {
              let timestampMs = 0;
              const batch = gaps.map((gap) => {
                timestampMs += gap;
                return { timestampMs, message: `${wanted.length}/${timestampMs}` };
              });
              const streamId = `${groupId}/${stream}`;
              const last = await events.append({ groupId, streamId, ingestedAtMs: 1, events: batch });
              batch.forEach((event, index) => {
                wanted.push({ ...event, stream, sequence: last - batch.length + 1 + index });
              });
            }
            const streamIds = isOneStream ? [`${groupId}/0`] : undefined;
            const found = await readAll(events, {
              ...{ ...ALL, groupId, streamIds, fromMs: 1, untilMs: 9 },
              ...{ direction, maxCount },
            });
            const inRange = wanted
              .filter(({ stream }) => !isOneStream || stream === 0)
              .filter(({ timestampMs }) => timestampMs >= 1 && timestampMs < 9)
              .sort(compareCuts);
            expect(found).toEqual(inRange.map(({ message }) => message));
            await events.expire(groupId, 4);
            const rest = await readAll(events, { ...ALL, groupId, direction, maxCount });
            const kept = wanted.filter(({ timestampMs }) => timestampMs >= 4).sort(compareCuts);
            expect(rest).toEqual(kept.map(({ message }) => message));
          },
        ),
        { numRuns: 60 },
      );
      await events.close();
    });

    test('a page stays within its bytes, but has at least one event', async () => {
      const events = await make();
      const message = 'x'.repeat(100);
      await events.append({
        groupId: 'g',
        streamId: 's',
        ingestedAtMs: 1,
        events: [1, 2, 3].map((timestampMs) => ({ timestampMs, message })),
      });
      const read = (maxBytes: number, direction: 'forward' | 'backward') =>
        events.read({ ...ALL, groupId: 'g', direction, maxBytes });
      expect((await read(252, 'forward')).events.map(({ timestampMs }) => timestampMs)).toEqual([1, 2]);
      expect((await read(251, 'backward')).events.map(({ timestampMs }) => timestampMs)).toEqual([3]);
      expect(await read(1, 'forward')).toMatchObject({ hasMore: true, events: [{ timestampMs: 1 }] });
      expect(await read(378, 'forward')).toMatchObject({ hasMore: false });
      await events.close();
    });

    test('summaries and stored bytes follow appends, expiry and deletion', async () => {
      const events = await make();
      await fill(events, 'g', [
        [0, 10],
        [0, 30],
        [1, 20],
        [0, 5],
      ]);
      expect(events.summary('g/0')).toEqual({
        firstTimestampMs: 5,
        lastTimestampMs: 30,
        lastIngestedAtMs: 1_003,
        storedBytes: 84,
      });
      expect(events.storedBytes('g')).toBe(112);
      await events.expire('g', 20);
      expect(events.summary('g/0')).toMatchObject({
        firstTimestampMs: 30,
        lastTimestampMs: 30,
        storedBytes: 28,
      });
      expect(events.storedBytes('g')).toBe(56);
      await events.expire('g', 30);
      expect(events.summary('g/1')).toBeUndefined();
      await events.deleteStream('g/0');
      expect(events.summary('g/0')).toBeUndefined();
      expect(events.storedBytes('g')).toBe(0);
      expect(await events.read({ ...ALL, groupId: 'g', direction: 'forward' })).toEqual({
        events: [],
        hasMore: false,
      });
      await events.close();
    });

    test('deleting a stream or a group leaves the others alone', async () => {
      const events = await make();
      await fill(events, 'g', [
        [0, 1],
        [1, 2],
      ]);
      await fill(events, 'h', [[0, 3]]);
      await events.deleteStream('g/0');
      expect(messages((await events.read({ ...ALL, groupId: 'g', direction: 'forward' })).events)).toEqual([
        'm1',
      ]);
      await events.deleteGroup('g');
      expect((await events.read({ ...ALL, groupId: 'g', direction: 'forward' })).events).toEqual([]);
      expect(events.owners()).toEqual([{ groupId: 'h', streamId: 'h/0' }]);
      expect((await events.read({ ...ALL, groupId: 'h', direction: 'forward' })).events.length).toBe(1);
      await events.close();
    });
  });
}

describeLogEvents('memory', () => Promise.resolve(memoryLogEvents()));
describeLogEvents('SQLite', () => openLogEventsFile(freshPath()));

describe('openLogEventsFile', () => {
  test('[LOG-1] events, summaries and sequences are there after closing and opening', async () => {
    const path = freshPath();
    const events = await openLogEventsFile(path);
    const message = 'ä € 😀 \u0000 "quoted"\n';
    const sequence = await events.append({
      groupId: 'g',
      streamId: 's',
      ingestedAtMs: 7,
      events: [{ timestampMs: 5, message }],
    });
    await events.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await openLogEventsFile(path);
    expect((await again.read({ ...ALL, groupId: 'g', direction: 'forward' })).events).toEqual([
      { timestampMs: 5, message, sequence, ingestedAtMs: 7, streamId: 's' },
    ]);
    expect(again.storedBytes('g')).toBe(eventBytes(message));
    const next = await again.append({
      groupId: 'g',
      streamId: 's',
      ingestedAtMs: 8,
      events: [{ timestampMs: 5, message: 'b' }],
    });
    expect(next).toBeGreaterThan(sequence);
    await again.close();
  });

  test('[LOG-1] a file with a row for each event is brought into the new form, in the old order', async () => {
    const path = freshPath();
    const first = await openLogEventsFile(path);
    await first.deleteStream('none');
    await first.close();
    const old = new DatabaseSync(path);
    old.exec(`drop table blocks; drop table groups;
      create table groups (no integer primary key, group_id text not null unique);
      create table events (group_id integer, timestamp integer, sequence integer, stream integer, ingested_at integer,
        bytes integer, message text, primary key (group_id, timestamp, sequence)) without rowid;
      insert into groups values (1, 'g'); insert into streams values (1, 's', 'g', 1, 5, 9, 81), (2, 't', 'g', 1, 6, 6, 27);
      insert into events values (1, 5, 1, 1, 7, 27, 'a'), (1, 9, 2, 1, 7, 27, 'c'), (1, 6, 3, 2, 7, 27, 'b'),
        (1, 9, 4, 1, 7, 27, 'd'); update counter set sequence = 4`);
    old.close();
    const events = await openLogEventsFile(path);
    const read = await events.read({ ...ALL, groupId: 'g', direction: 'forward' });
    expect(read.events.map(({ message, sequence }) => `${message}${sequence}`)).toEqual([
      'a1',
      'b3',
      'c2',
      'd4',
    ]);
    await events.close();
  });

  test('[LOG-2] counts bytes as UTF-8 plus 26 per event', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (message) => {
        expect(eventBytes(message)).toBe(Buffer.byteLength(message) + 26);
      }),
    );
  });
});
