import { describe, expect, test } from 'vitest';
import type { LogEvents } from '../../domain/log-events.ts';
import { sweepLogEvents } from '../../records/log-sweep.ts';
import { memoryLogEvents } from '../../records/memory-log-events.ts';
import { aContext, TEST_START, type TestContext } from '../testing.ts';
import { createLogGroup } from './create-log-group.ts';
import { createLogStream } from './create-log-stream.ts';
import { deleteLogGroup } from './delete-log-group.ts';
import { deleteLogStream } from './delete-log-stream.ts';
import { deleteRetentionPolicy } from './delete-retention-policy.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { getLogEvents } from './get-log-events.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTagsLogGroup } from './list-tags-log-group.ts';
import { logsOperations } from './operations.ts';
import { putLogEvents } from './put-log-events.ts';
import { putLogGroupDeletionProtection } from './put-log-group-deletion-protection.ts';
import { putRetentionPolicy } from './put-retention-policy.ts';
import { tagLogGroup } from './tag-log-group.ts';
import { tagResource } from './tag-resource.ts';
import { untagLogGroup } from './untag-log-group.ts';
import { untagResource } from './untag-resource.ts';

const GROUP = '/ecs/web';
const ARN = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}`;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A context with an events store and, when asked, the group with its streams. */
async function aLogsContext(
  streams?: readonly string[],
): Promise<{ context: TestContext; events: LogEvents }> {
  const context = await aContext();
  const events = memoryLogEvents();
  if (streams !== undefined) await createLogGroup(context, { logGroupName: GROUP });
  for (const logStreamName of streams ?? []) {
    await createLogStream(context, { logGroupName: GROUP, logStreamName });
  }
  return { context, events };
}

/** Puts one event for each time, given from the start of the test's clock. */
const put = async (
  world: { context: TestContext; events: LogEvents },
  logStreamName: string,
  offsetsMs: readonly number[],
) =>
  putLogEvents(world.events)(world.context, {
    logGroupName: GROUP,
    logStreamName,
    logEvents: offsetsMs.map((offset) => ({ timestamp: TEST_START + offset, message: `at ${offset}` })),
  });

const refusal = (code: string, message: string) => expect.objectContaining({ code, message });

/** The error that an operation answers, whether it throws or rejects. */
const errorOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal');
};

describe('log groups', () => {
  test('[LOG-4] a new group is described with its defaults', async () => {
    const { context, events } = await aLogsContext([]);
    expect(await describeLogGroups(events)(context, {})).toEqual({
      logGroups: [
        {
          logGroupName: GROUP,
          creationTime: TEST_START,
          arn: `${ARN}:*`,
          logGroupArn: ARN,
          metricFilterCount: 0,
          storedBytes: 0,
          logGroupClass: 'STANDARD',
          deletionProtectionEnabled: false,
        },
      ],
    });
  });

  test('createLogGroup refuses a name that is there, and members that are not supported', async () => {
    const { context } = await aLogsContext([]);
    expect(await errorOf(() => createLogGroup(context, { logGroupName: GROUP }))).toEqual(
      refusal('ResourceAlreadyExistsException', 'The specified log group already exists'),
    );
    expect(await errorOf(() => createLogGroup(context, { logGroupName: 'a', kmsKeyId: 'k' }))).toEqual(
      refusal('InvalidParameterException', 'kmsKeyId is not supported yet.'),
    );
    expect(
      await errorOf(() => createLogGroup(context, { logGroupName: 'a', logGroupClass: 'DELIVERY' })),
    ).toEqual(refusal('InvalidParameterException', 'logGroupClass DELIVERY is not supported yet.'));
  });

  test('[LOG-4] groups are listed by name, in pages, by prefix, pattern, class and identifier', async () => {
    const { context, events } = await aLogsContext();
    for (const logGroupName of ['b', 'a/2', 'a', 'a/1', 'c/a'])
      await createLogGroup(context, { logGroupName });
    await createLogGroup(context, { logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' });
    const describe = async (input: Parameters<ReturnType<typeof describeLogGroups>>[1]) => {
      const { logGroups = [], nextToken } = await describeLogGroups(events)(context, input);
      return { names: logGroups.map((group) => group.logGroupName), nextToken };
    };
    expect((await describe({})).names).toEqual(['a', 'a/1', 'a/2', 'b', 'c/a', 'rare']);
    const first = await describe({ limit: 2, logGroupNamePrefix: 'a' });
    expect(first.names).toEqual(['a', 'a/1']);
    expect(await describe({ limit: 2, logGroupNamePrefix: 'a', nextToken: first.nextToken })).toEqual({
      names: ['a/2'],
    });
    expect((await describe({ logGroupNamePattern: '/a' })).names).toEqual(['c/a']);
    expect((await describe({ logGroupClass: 'INFREQUENT_ACCESS' })).names).toEqual(['rare']);
    expect((await describe({ logGroupIdentifiers: ['b', 'a', 'none'] })).names).toEqual(['a', 'b']);
    expect((await describe({ logGroupNamePrefix: 'zz' })).names).toEqual([]);
    expect(await errorOf(() => describe({ logGroupNamePrefix: 'a', logGroupNamePattern: 'a' }))).toEqual(
      refusal(
        'InvalidParameterException',
        'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      ),
    );
    expect(await errorOf(() => describe({ nextToken: 'x' }))).toEqual(
      refusal('InvalidParameterException', 'The specified nextToken is invalid.'),
    );
  });

  test('[LOG-6] deleteLogGroup deletes streams and events; a group made again is empty', async () => {
    const world = await aLogsContext(['s']);
    const { context, events } = world;
    await put(world, 's', [0]);
    await deleteLogGroup(events)(context, { logGroupName: GROUP });
    expect(events.owners()).toEqual([]);
    expect(await errorOf(() => deleteLogGroup(events)(context, { logGroupName: GROUP }))).toEqual(
      refusal('ResourceNotFoundException', 'The specified log group does not exist.'),
    );
    await createLogGroup(context, { logGroupName: GROUP });
    expect(await describeLogStreams(events)(context, { logGroupName: GROUP })).toEqual({ logStreams: [] });
  });

  test('putLogGroupDeletionProtection guards a group until it is taken away', async () => {
    const { context, events } = await aLogsContext([]);
    await putLogGroupDeletionProtection(context, {
      logGroupIdentifier: ARN,
      deletionProtectionEnabled: true,
    });
    expect(await errorOf(() => deleteLogGroup(events)(context, { logGroupName: GROUP }))).toMatchObject({
      code: 'ValidationException',
    });
    await putLogGroupDeletionProtection(context, {
      logGroupIdentifier: GROUP,
      deletionProtectionEnabled: false,
    });
    await deleteLogGroup(events)(context, { logGroupName: GROUP });
  });

  test('tags are kept by the newer and the older operations alike', async () => {
    const { context } = await aLogsContext();
    await createLogGroup(context, { logGroupName: GROUP, tags: { a: '1' } });
    await tagResource(context, { resourceArn: ARN, tags: { b: '2', a: '3' } });
    await tagLogGroup(context, { logGroupName: GROUP, tags: { c: '4' } });
    expect(await listTagsForResource(context, { resourceArn: ARN })).toEqual({
      tags: { a: '3', b: '2', c: '4' },
    });
    await untagResource(context, { resourceArn: ARN, tagKeys: ['a', 'none'] });
    await untagLogGroup(context, { logGroupName: GROUP, tags: ['b'] });
    expect(await listTagsLogGroup(context, { logGroupName: GROUP })).toEqual({ tags: { c: '4' } });
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']));
    expect(await errorOf(() => tagResource(context, { resourceArn: ARN, tags }))).toMatchObject({
      code: 'TooManyTagsException',
    });
    const elsewhere = 'arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web';
    expect(await errorOf(() => listTagsForResource(context, { resourceArn: elsewhere }))).toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });
});

describe('log streams', () => {
  test('[LOG-4] a stream shows when its events were, and not how much they are', async () => {
    const world = await aLogsContext(['s']);
    await put(world, 's', [-5, 3]);
    const { logStreams } = await describeLogStreams(world.events)(world.context, { logGroupIdentifier: ARN });
    expect(logStreams).toEqual([
      {
        logStreamName: 's',
        creationTime: TEST_START,
        firstEventTimestamp: TEST_START - 5,
        lastEventTimestamp: TEST_START + 3,
        lastIngestionTime: TEST_START,
        uploadSequenceToken: expect.stringMatching(/^\d{56}$/),
        arn: `${ARN}:log-stream:s`,
        storedBytes: 0,
      },
    ]);
  });

  test('[LOG-4] streams are listed by name or last event, in either direction, in pages that join', async () => {
    const names = ['c', 'a/1', 'b', 'a', 'a/2'];
    const world = await aLogsContext(names);
    await put(world, 'b', [10]);
    await put(world, 'a', [30]);
    await put(world, 'c', [20]);
    const listed = async (input: object): Promise<readonly (string | undefined)[]> => {
      const found: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const page = await describeLogStreams(world.events)(world.context, {
          logGroupName: GROUP,
          limit: 2,
          nextToken,
          ...input,
        });
        found.push(...(page.logStreams ?? []).map((stream) => stream.logStreamName));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return found;
    };
    expect(await listed({})).toEqual(['a', 'a/1', 'a/2', 'b', 'c']);
    expect(await listed({ descending: true })).toEqual(['c', 'b', 'a/2', 'a/1', 'a']);
    expect(await listed({ logStreamNamePrefix: 'a' })).toEqual(['a', 'a/1', 'a/2']);
    expect(await listed({ logStreamNamePrefix: 'a/', descending: true })).toEqual(['a/2', 'a/1']);
    expect(await listed({ orderBy: 'LastEventTime' })).toEqual(['a/1', 'a/2', 'b', 'c', 'a']);
    expect(await listed({ orderBy: 'LastEventTime', descending: true })).toEqual([
      'a',
      'c',
      'b',
      'a/2',
      'a/1',
    ]);
    expect(await errorOf(() => listed({ orderBy: 'LastEventTime', logStreamNamePrefix: 'a' }))).toEqual(
      refusal('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.'),
    );
    expect(await errorOf(() => listed({ logGroupIdentifier: ARN }))).toEqual(
      refusal(
        'InvalidParameterException',
        'LogGroup name and LogGroup ARN are mutually exclusive parameters.',
      ),
    );
  });

  test('createLogStream needs the group and a new name', async () => {
    const { context } = await aLogsContext(['s']);
    expect(
      await errorOf(() => createLogStream(context, { logGroupName: GROUP, logStreamName: 's' })),
    ).toEqual(refusal('ResourceAlreadyExistsException', 'The specified log stream already exists'));
    expect(await errorOf(() => createLogStream(context, { logGroupName: 'no', logStreamName: 's' }))).toEqual(
      refusal('ResourceNotFoundException', 'The specified log group does not exist.'),
    );
  });

  test('[LOG-6] deleteLogStream deletes its events; a stream made again is empty', async () => {
    const world = await aLogsContext(['s', 't']);
    const { context, events } = world;
    await put(world, 's', [0]);
    await put(world, 't', [0]);
    await deleteLogStream(events)(context, { logGroupName: GROUP, logStreamName: 's' });
    expect(await errorOf(() => put(world, 's', [0]))).toEqual(
      refusal('ResourceNotFoundException', 'The specified log stream does not exist.'),
    );
    await createLogStream(context, { logGroupName: GROUP, logStreamName: 's' });
    const read = (logStreamName: string) =>
      getLogEvents(events)(context, { logGroupName: GROUP, logStreamName });
    expect((await read('s')).events).toEqual([]);
    expect((await read('t')).events?.length).toBe(1);
  });
});

describe('retention', () => {
  test('[LOG-5] expired events are not answered at once, and deleted by the sweep', async () => {
    const world = await aLogsContext(['s']);
    const { context, events } = world;
    await put(world, 's', [-DAY_MS - 1]);
    await put(world, 's', [-DAY_MS, 0]);
    await putRetentionPolicy(context, { logGroupName: GROUP, retentionInDays: 1 });
    const read = async () =>
      (await getLogEvents(events)(context, { logGroupName: GROUP, logStreamName: 's' })).events?.map(
        ({ timestamp = 0 }) => timestamp - TEST_START,
      );
    expect(await read()).toEqual([-DAY_MS, 0]);
    const bytes = events.storedBytes((await groupIdOf(context)) ?? '');
    await sweepLogEvents(context.store, events, context.clock.now());
    expect(events.storedBytes((await groupIdOf(context)) ?? '')).toBeLessThan(bytes);
    await deleteRetentionPolicy(context, { logGroupName: GROUP });
    expect(await read()).toEqual([-DAY_MS, 0]);
    const { logGroups } = await describeLogGroups(events)(context, {});
    expect(logGroups?.[0]).not.toHaveProperty('retentionInDays');
  });

  test('putRetentionPolicy takes the days that AWS has, and no others', async () => {
    const { context, events } = await aLogsContext([]);
    await putRetentionPolicy(context, { logGroupName: GROUP, retentionInDays: 3653 });
    expect((await describeLogGroups(events)(context, {})).logGroups?.[0]).toMatchObject({
      retentionInDays: 3653,
    });
    expect(
      await errorOf(() => putRetentionPolicy(context, { logGroupName: GROUP, retentionInDays: 2 })),
    ).toMatchObject({ code: 'InvalidParameterException' });
  });

  test('[LOG-6] the sweep deletes events whose stream is gone, and nothing else', async () => {
    const world = await aLogsContext(['s']);
    const { context, events } = world;
    await put(world, 's', [0]);
    await events.append({
      groupId: 'gone',
      streamId: 'gone',
      ingestedAtMs: 0,
      events: [{ timestampMs: 0, message: 'x' }],
    });
    await sweepLogEvents(context.store, events, context.clock.now());
    expect(events.owners().map(({ streamId }) => streamId)).not.toContain('gone');
    expect(events.owners().length).toBe(1);
  });
});

test('logsOperations has every operation under its name', () => {
  const names = Object.keys(logsOperations(memoryLogEvents()));
  expect(names.every((name) => /^[A-Z][A-Za-z]+$/.test(name))).toBe(true);
  expect(names.length).toBe(24);
});

async function groupIdOf(context: TestContext): Promise<string | undefined> {
  const { logGroups } = await import('../../records/logs.ts');
  return context.store.read((tx) => tx.get(logGroups, GROUP)?.groupId);
}
