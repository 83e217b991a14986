import { describe, expect, test } from 'vitest';
import { memoryLogEvents } from '../../records/memory-log-events.ts';
import type { GetQueryResultsResponse, StartQueryRequest } from '../../shapes/generated/logs.ts';
import { aContext, TEST_START } from '../testing.ts';
import { createLogGroup } from './create-log-group.ts';
import { createLogStream } from './create-log-stream.ts';
import { deleteLogStream } from './delete-log-stream.ts';
import { describeQueries } from './describe-queries.ts';
import { getLogRecord } from './get-log-record.ts';
import { getQueryResults } from './get-query-results.ts';
import { putLogEvents } from './put-log-events.ts';
import { queryBook } from './query-book.ts';
import { startQuery } from './start-query.ts';
import { stopQuery } from './stop-query.ts';

const SECONDS = TEST_START / 1_000;

/** Two groups with a stream each; event n of ten lies n seconds before the start. */
async function aWorld() {
  const context = await aContext();
  const events = memoryLogEvents();
  const queries = queryBook();
  for (const logGroupName of ['one', 'two']) {
    await createLogGroup(context, { logGroupName });
    await createLogStream(context, { logGroupName, logStreamName: 's' });
  }
  for (let before = 9; before >= 0; before -= 1) {
    const logGroupName = before % 2 === 0 ? 'one' : 'two';
    const logEvents = [{ timestamp: TEST_START - before * 1_000, message: `{"n":${before}}` }];
    await putLogEvents(events)(context, { logGroupName, logStreamName: 's', logEvents });
  }
  const input: StartQueryRequest = {
    ...{ startTime: SECONDS - 3_600, endTime: SECONDS, queryString: 'fields n', logGroupName: 'one' },
  };
  const start = async (more: Partial<StartQueryRequest> = {}) =>
    (await startQuery(events, queries)(context, { ...input, ...more })).queryId ?? '';
  const results = async (queryId: string): Promise<GetQueryResultsResponse> => {
    for (;;) {
      const answer = await getQueryResults(queries)(context, { queryId });
      if (answer.status !== 'Running') return answer;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const numbers = async (more: Partial<StartQueryRequest>) =>
    (await results(await start({ ...input, ...more }))).results?.map(([cell]) => cell?.value);
  return { context, events, queries, start, results, numbers };
}

describe('queries', () => {
  test('[LOG-30] reads one group or several in one order, newest first', async () => {
    const { numbers } = await aWorld();
    expect(await numbers({})).toEqual(['0', '2', '4', '6', '8']);
    const both = { logGroupName: undefined, logGroupNames: ['two', 'one'] };
    expect(await numbers(both)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(await numbers({ ...both, limit: 2 })).toEqual(['0', '1']);
    const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:two';
    expect(await numbers({ logGroupName: undefined, logGroupIdentifiers: [arn] })).toEqual([
      '1',
      '3',
      '5',
      '7',
      '9',
    ]);
  });

  test('[LOG-30] both ends of the time are inclusive, in seconds', async () => {
    const { numbers } = await aWorld();
    expect(await numbers({ startTime: SECONDS - 4, endTime: SECONDS - 2 })).toEqual(['2', '4']);
    expect(await numbers({ startTime: SECONDS - 3, endTime: SECONDS - 1 })).toEqual(['2']);
  });

  test('[LOG-36] an answer has statistics, and the query is listed', async () => {
    const { context, queries, start, results } = await aWorld();
    const queryId = await start({ queryString: 'filter n > 3 | stats count(*) as c' });
    expect(await results(queryId)).toEqual({
      queryLanguage: 'CWLI',
      results: [[{ field: 'c', value: '3' }]],
      statistics: { recordsMatched: 3, recordsScanned: 5, bytesScanned: 5 * 33, logGroupsScanned: 1 },
      status: 'Complete',
    });
    const listed = await describeQueries(queries)(context, { logGroupName: 'one', status: 'Complete' });
    expect(listed.queries).toMatchObject([{ queryId, status: 'Complete', logGroupName: 'one' }]);
    expect((await describeQueries(queries)(context, { logGroupName: 'two' })).queries).toEqual([]);
    await expect(async () => stopQuery(queries)(context, { queryId })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });

  test('[LOG-36] a stopped query is cancelled', async () => {
    const { context, queries, start, results } = await aWorld();
    const queryId = await start();
    expect(await stopQuery(queries)(context, { queryId })).toEqual({ success: true });
    expect((await results(queryId)).status).toBe('Cancelled');
  });

  test('[LOG-34] a pointer leads to the event with all of its fields', async () => {
    const { context, events, start, results } = await aWorld();
    const { results: rows = [] } = await results(await start({ queryString: 'fields n | filter n = 4' }));
    const pointer = rows[0]?.find(({ field }) => field === '@ptr')?.value ?? '';
    expect((await getLogRecord(events)(context, { logRecordPointer: pointer })).logRecord).toMatchObject({
      ...{ '@message': '{"n":4}', n: '4', '@logStream': 's', '@log': '123456789012:one' },
    });
    await deleteLogStream(events)(context, { logGroupName: 'one', logStreamName: 's' });
    await expect(getLogRecord(events)(context, { logRecordPointer: pointer })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    await expect(getLogRecord(events)(context, { logRecordPointer: 'x' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });

  test.each<[Partial<StartQueryRequest>, string, string]>([
    [
      { queryString: 'nonsense' },
      'MalformedQueryException',
      'unexpected symbol found nonsense at line 1 and position 1',
    ],
    [
      { logGroupName: 'x' },
      'ResourceNotFoundException',
      "Log group 'x' does not exist for account ID '123456789012'",
    ],
    [{ logGroupName: undefined }, 'InvalidParameterException', 'Exactly one of'],
    [{ logGroupNames: ['two'] }, 'InvalidParameterException', 'Exactly one of'],
    [{ endTime: 0 }, 'InvalidParameterException', 'The end time'],
    [{ limit: 10_001 }, 'InvalidParameterException', "Value '10001' at 'limit'"],
    [{ queryLanguage: 'SQL' }, 'InvalidParameterException', 'queryLanguage SQL is not supported yet.'],
    [{ queryString: `fields ${'a'.repeat(10_000)}` }, 'InvalidParameterException', "'queryString'"],
  ])('[LOG-36] refuses %o', async (input, code, text) => {
    const { start } = await aWorld();
    await expect(start(input)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  test('[LOG-36] only so many run at once', async () => {
    const { start } = await aWorld();
    const started = await Promise.allSettled(Array.from({ length: 31 }, () => start()));
    expect(started.map(({ status }) => status)).toEqual([...Array(30).fill('fulfilled'), 'rejected']);
  });
});
