import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEvents } from '../../domain/log-events.ts';
import { memoryLogEvents } from '../../records/memory-log-events.ts';
import type { GetLogEventsResponse } from '../../shapes/generated/logs.ts';
import { aContext, TEST_START, type TestContext } from '../testing.ts';
import { createLogGroup } from './create-log-group.ts';
import { createLogStream } from './create-log-stream.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';
import { putLogEvents } from './put-log-events.ts';
import { putRetentionPolicy } from './put-retention-policy.ts';

const GROUP = 'group';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface World {
  readonly context: TestContext;
  readonly events: LogEvents;
}

async function aWorld(streams: readonly string[] = ['s']): Promise<World> {
  const context = await aContext();
  await createLogGroup(context, { logGroupName: GROUP });
  for (const logStreamName of streams) await createLogStream(context, { logGroupName: GROUP, logStreamName });
  return { context, events: memoryLogEvents() };
}

const put = async (
  world: World,
  logStreamName: string,
  logEvents: readonly { timestamp: number; message: string }[],
) => putLogEvents(world.events)(world.context, { logGroupName: GROUP, logStreamName, logEvents });

const get = async (world: World, input: object = {}): Promise<GetLogEventsResponse> =>
  getLogEvents(world.events)(world.context, { logGroupName: GROUP, logStreamName: 's', ...input });

const filter = async (world: World, input: object = {}) =>
  filterLogEvents(world.events)(world.context, { logGroupName: GROUP, ...input });

const messagesOf = (events: readonly { message?: string | undefined }[] | undefined) =>
  (events ?? []).map(({ message }) => message);

/** Follows one side's tokens until the same comes back, and gives all messages in ascending order. */
async function followTokens(world: World, input: { limit: number; startFromHead: boolean }) {
  const pages: (string | undefined)[][] = [];
  let sent: string | undefined;
  for (;;) {
    const page = await get(world, { ...input, nextToken: sent });
    pages.push(messagesOf(page.events));
    const token = input.startFromHead ? page.nextForwardToken : page.nextBackwardToken;
    if (token === sent || (sent === undefined && page.events?.length === 0)) break;
    sent = token;
  }
  return (input.startFromHead ? pages : pages.reverse()).flat();
}

/** `count` events, one per millisecond from the start of the clock on, named 0, 1, 2 … */
const aSeries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ timestamp: TEST_START + index, message: `${index}` }));

const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => error,
  );

describe('putLogEvents', () => {
  test('[LOG-1] what was put is read back in order, with the time it came', async () => {
    const world = await aWorld();
    world.context.clock.advance(7);
    const answer = await put(world, 's', aSeries(2));
    expect(answer).toEqual({ nextSequenceToken: expect.stringMatching(/^\d{56}$/) });
    expect((await get(world)).events).toEqual([
      { timestamp: TEST_START, message: '0', ingestionTime: TEST_START + 7 },
      { timestamp: TEST_START + 1, message: '1', ingestionTime: TEST_START + 7 },
    ]);
  });

  test.each([
    {
      name: 'events out of order',
      logEvents: [
        { timestamp: TEST_START + 1, message: 'a' },
        { timestamp: TEST_START, message: 'b' },
      ],
      message: 'Log events in a single PutLogEvents request must be in chronological order.',
    },
    {
      name: 'more than 24 hours',
      logEvents: [
        { timestamp: TEST_START - DAY_MS - 1, message: 'a' },
        { timestamp: TEST_START, message: 'b' },
      ],
      message: 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    },
    {
      name: 'one byte too many',
      logEvents: [{ timestamp: TEST_START, message: 'x'.repeat(1_048_551) }],
      message: 'Upload too large: 1048577 bytes exceeds limit of 1048576',
    },
  ])('[LOG-2] refuses $name and stores nothing', async ({ logEvents, message }) => {
    const world = await aWorld();
    expect(await errorOf(put(world, 's', logEvents))).toMatchObject({
      code: 'InvalidParameterException',
      message,
    });
    expect((await get(world)).events).toEqual([]);
  });

  test('[LOG-2] takes 24 hours and all the bytes there may be', async () => {
    const world = await aWorld();
    await put(world, 's', [
      { timestamp: TEST_START - DAY_MS, message: 'a' },
      { timestamp: TEST_START, message: 'x'.repeat(1_048_576 - 53) },
    ]);
    expect((await get(world, { limit: 1, startFromHead: true })).events?.length).toBe(1);
  });

  test('[LOG-2] drops what is too new, and stores the rest', async () => {
    const world = await aWorld();
    const answer = await put(world, 's', [
      { timestamp: TEST_START + 2 * HOUR_MS, message: 'new' },
      { timestamp: TEST_START + 2 * HOUR_MS + 1, message: 'too new' },
    ]);
    expect(answer.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    expect(messagesOf((await get(world)).events)).toEqual(['new']);
  });

  test('[LOG-2] drops what is too old or expired, and stores the rest', async () => {
    const world = await aWorld();
    const old = TEST_START - 14 * DAY_MS;
    const tooOld = await put(world, 's', [
      { timestamp: old - 1, message: 'too old' },
      { timestamp: old, message: 'old' },
    ]);
    expect(tooOld.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    expect(messagesOf((await get(world)).events)).toEqual(['old']);
    await putRetentionPolicy(world.context, { logGroupName: GROUP, retentionInDays: 1 });
    const expired = await put(world, 's', [{ timestamp: TEST_START - DAY_MS - 1, message: 'expired' }]);
    expect(expired.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    expect((await get(world)).events).toEqual([]);
  });

  test('an entity is refused by name while the events are stored', async () => {
    const world = await aWorld();
    const answer = await putLogEvents(world.events)(world.context, {
      logGroupName: GROUP,
      logStreamName: 's',
      logEvents: aSeries(1),
      entity: { keyAttributes: { Type: 'Service' } },
      sequenceToken: 'ignored',
    });
    expect(answer.rejectedEntityInfo).toEqual({ errorType: 'UnsupportedLogGroupType' });
    expect((await get(world)).events?.length).toBe(1);
  });
});

describe('getLogEvents', () => {
  test('[LOG-7] starts at the end, goes back and forth, and answers the same token where nothing is left', async () => {
    const world = await aWorld();
    await put(world, 's', aSeries(5));
    const last = await get(world, { limit: 2 });
    expect(messagesOf(last.events)).toEqual(['3', '4']);
    expect(last.nextForwardToken).toMatch(/^f\/\d{56}\/s$/);
    expect(last.nextBackwardToken).toMatch(/^b\/\d{56}\/s$/);
    const before = await get(world, { limit: 2, nextToken: last.nextBackwardToken });
    expect(messagesOf(before.events)).toEqual(['1', '2']);
    const again = await get(world, { limit: 2, nextToken: before.nextForwardToken });
    expect(messagesOf(again.events)).toEqual(['3', '4']);
    const end = await get(world, { nextToken: again.nextForwardToken });
    expect(end.events).toEqual([]);
    expect(end.nextForwardToken).toBe(again.nextForwardToken);
    expect(messagesOf((await get(world, { limit: 2, nextToken: end.nextBackwardToken })).events)).toEqual([
      '3',
      '4',
    ]);
  });

  test('[LOG-7] a token at the end finds what comes later', async () => {
    const world = await aWorld();
    const empty = await get(world, { startFromHead: true });
    expect(empty.events).toEqual([]);
    await put(world, 's', aSeries(1));
    const next = await get(world, { nextToken: empty.nextForwardToken });
    expect(messagesOf(next.events)).toEqual(['0']);
    await put(world, 's', [{ timestamp: TEST_START, message: 'same time' }]);
    expect(messagesOf((await get(world, { nextToken: next.nextForwardToken })).events)).toEqual([
      'same time',
    ]);
  });

  test('[LOG-7] the start is inclusive, the end exclusive', async () => {
    const world = await aWorld();
    await put(world, 's', aSeries(5));
    const page = await get(world, { startTime: TEST_START + 1, endTime: TEST_START + 3 });
    expect(messagesOf(page.events)).toEqual(['1', '2']);
  });

  test.each(['', 'f/1/s', `x/${'1'.repeat(56)}/s`, `f/${'9'.repeat(56)}/s`])(
    '[LOG-7] the token %j is refused',
    async (nextToken) => {
      const world = await aWorld();
      expect(await errorOf(get(world, { nextToken }))).toMatchObject({
        code: 'InvalidParameterException',
        message: 'The specified nextToken is invalid.',
      });
    },
  );

  test('[LOG-7] following tokens in either direction gives every event once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 25 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (offsets, limit, startFromHead) => {
          const world = await aWorld();
          for (const [index, offset] of offsets.entries()) {
            await put(world, 's', [{ timestamp: TEST_START + offset, message: `${index}` }]);
          }
          const found = await followTokens(world, { limit, startFromHead });
          const wanted = offsets.map((offset, index) => ({ offset, index }));
          wanted.sort((one, other) => one.offset - other.offset || one.index - other.index);
          expect(found).toEqual(wanted.map(({ index }) => `${index}`));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('filterLogEvents', () => {
  test('[LOG-8] interleaves the streams of a group by time and names them', async () => {
    const world = await aWorld(['s', 't', 'u/1']);
    await put(world, 's', [{ timestamp: TEST_START, message: 'one' }]);
    await put(world, 't', [{ timestamp: TEST_START - 1, message: 'zero' }]);
    await put(world, 'u/1', [{ timestamp: TEST_START, message: 'two' }]);
    const { events, searchedLogStreams, nextToken } = await filter(world);
    expect(events?.map(({ logStreamName, message }) => [logStreamName, message])).toEqual([
      ['t', 'zero'],
      ['s', 'one'],
      ['u/1', 'two'],
    ]);
    expect(new Set(events?.map(({ eventId }) => eventId)).size).toBe(3);
    expect([searchedLogStreams, nextToken]).toEqual([[], undefined]);
    expect(messagesOf((await filter(world, { logStreamNames: ['s', 't'] })).events)).toEqual(['zero', 'one']);
    expect(messagesOf((await filter(world, { logStreamNamePrefix: 'u/' })).events)).toEqual(['two']);
    expect(messagesOf((await filter(world, { logStreamNamePrefix: 'none' })).events)).toEqual([]);
    expect(messagesOf((await filter(world, { filterPattern: '?one ?two' })).events)).toEqual(['one', 'two']);
    const times = { startTime: TEST_START - 1, endTime: TEST_START - 1 };
    expect(messagesOf((await filter(world, times)).events)).toEqual(['zero']);
  });

  test('[LOG-8] pages join to all that match, in either direction', async () => {
    const world = await aWorld(['s', 't']);
    for (const [index, event] of aSeries(30).entries())
      await put(world, index % 3 === 0 ? 't' : 's', [event]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.boolean(), async (limit, startFromHead) => {
        const found: (string | undefined)[] = [];
        let nextToken: string | undefined;
        do {
          const page = await filter(world, {
            limit,
            startFromHead,
            startTime: TEST_START,
            filterPattern: '-7',
            nextToken,
          });
          found.push(...messagesOf(page.events));
          nextToken = page.nextToken;
        } while (nextToken !== undefined);
        const wanted = aSeries(30)
          .map(({ message }) => message)
          .filter((message) => !message.includes('7'));
        expect(found).toEqual(startFromHead ? wanted : wanted.toReversed());
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    { name: 'an invalid pattern', input: { filterPattern: 'foo-bar' }, message: 'Invalid filter pattern' },
    {
      name: 'a regular expression with a group',
      input: { filterPattern: '%(x)%' },
      message: 'Invalid filter pattern',
    },
    {
      name: 'names and a prefix',
      input: { logStreamNames: ['s'], logStreamNamePrefix: 's' },
      message: 'Only one of logStreamNames or logStreamNamePrefixes can be provided.',
    },
    { name: 'a bad token', input: { nextToken: 'zz' }, message: 'The specified nextToken is invalid.' },
  ])('[LOG-8] refuses $name', async ({ input, message }) => {
    const world = await aWorld();
    expect(await errorOf(filter(world, input))).toMatchObject({ code: 'InvalidParameterException', message });
  });

  test('a stream that is not there is refused', async () => {
    const world = await aWorld();
    expect(await errorOf(filter(world, { logStreamNames: ['no'] }))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    });
  });
});
