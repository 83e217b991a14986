import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  StartLiveTailCommand,
  type StartLiveTailCommandInput,
  type StartLiveTailResponseStream,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { eventually } from '../support/wait.ts';

const GROUP = '/contract/logs';

let gantry: TestGantry;
let client: CloudWatchLogsClient;

const put = (logStreamName: string, messages: readonly string[]) =>
  client.send(
    new PutLogEventsCommand({
      logGroupName: GROUP,
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp: Date.now(), message })),
    }),
  );

describe('CloudWatch Logs by the SDK', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--no-agent'] });
    client = new CloudWatchLogsClient({
      endpoint: gantry.endpointUrl,
      region: 'us-east-1',
      // What AWS_DISABLE_HOST_PREFIX_INJECTION means to other SDKs.
      disableHostPrefix: true,
      credentials: {
        accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    for (const logStreamName of ['a', 'b'])
      await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
  });

  afterAll(async () => {
    client?.destroy();
    await gantry?.stop();
  });

  const answerOf = async (queryString: string) => {
    const now = Math.floor(Date.now() / 1_000);
    const times = { startTime: now - 3_600, endTime: now + 60 };
    const command = new StartQueryCommand({ logGroupName: GROUP, queryString, ...times });
    const { queryId } = await client.send(command);
    return eventually('the answer of the query', async () => {
      const answer = await client.send(new GetQueryResultsCommand({ queryId }));
      return answer.status === 'Running' ? undefined : answer;
    });
  };

  test('[LOG-30] a query over two streams, and a record by its pointer', async () => {
    await put('a', ['{"level":"ERROR","ms":10}', '{"level":"INFO","ms":1}']);
    await put('b', ['{"level":"ERROR","ms":30}', 'plain']);
    const stats = await answerOf(
      'filter ispresent(level) | stats count(*) as n, avg(ms) by level | sort level',
    );
    expect(stats.status).toBe('Complete');
    expect(stats.results).toEqual([
      [
        { field: 'level', value: 'ERROR' },
        { field: 'n', value: '2' },
        { field: 'avg(ms)', value: '20' },
      ],
      [
        { field: 'level', value: 'INFO' },
        { field: 'n', value: '1' },
        { field: 'avg(ms)', value: '1' },
      ],
    ]);
    const rows = await answerOf('fields ms | filter @logStream = "b" and ms > 5');
    const pointer = rows.results?.[0]?.find(({ field }) => field === '@ptr')?.value;
    const { logRecord } = await client.send(new GetLogRecordCommand({ logRecordPointer: pointer }));
    expect(logRecord).toMatchObject({ level: 'ERROR', ms: '30', '@logStream': 'b' });
  });

  test('[LOG-30] what is no query is refused with its place', async () => {
    await expect(answerOf('fields @message | nonsense')).rejects.toMatchObject({
      name: 'MalformedQueryException',
      queryCompileError: { location: { startCharOffset: 18, endCharOffset: 26 } },
    });
  });

  /** The updates of a session, from its start on, until there is one that has results. */
  async function tail(input: Partial<StartLiveTailCommandInput>, whenStarted: () => Promise<unknown>) {
    const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`;
    const command = new StartLiveTailCommand({ logGroupIdentifiers: [arn], ...input });
    const { responseStream } = await client.send(command);
    const seen: StartLiveTailResponseStream[] = [];
    for await (const event of responseStream ?? []) {
      seen.push(event);
      if (event.sessionStart !== undefined) await whenStarted();
      if ((event.sessionUpdate?.sessionResults ?? []).length > 0) break;
    }
    return seen;
  }

  test('[LOG-9] a session tells what comes in, of the streams and with the pattern that were asked for', async () => {
    const [start, ...updates] = await tail(
      { logStreamNamePrefixes: ['a'], logEventFilterPattern: 'wanted -not' },
      async () => {
        await put('b', ['wanted, but elsewhere']);
        await put('a', ['something else', 'wanted', 'wanted, not']);
      },
    );
    expect(start?.sessionStart).toMatchObject({
      logStreamNamePrefixes: ['a'],
      logEventFilterPattern: 'wanted -not',
    });
    expect(updates.at(-1)?.sessionUpdate).toMatchObject({
      sessionMetadata: { sampled: false },
      sessionResults: [{ message: 'wanted', logStreamName: 'a' }],
    });
  });

  test('[LOG-9] of more than 500 events in a second some are left out, and it says so', async () => {
    const many = Array.from({ length: 501 }, (_, index) => `many ${index}`);
    const seen = await tail({ logEventFilterPattern: 'many' }, () => put('a', many));
    const { sessionUpdate } = seen.at(-1) ?? {};
    expect(sessionUpdate?.sessionMetadata?.sampled).toBe(true);
    expect(sessionUpdate?.sessionResults?.length).toBe(500);
  });

  test.each<[string, Partial<StartLiveTailCommandInput>]>([
    ['InvalidParameterException', { logGroupIdentifiers: [] }],
    ['InvalidParameterException', { logStreamNames: ['a'], logStreamNamePrefixes: ['b'] }],
    ['InvalidParameterException', { logEventFilterPattern: '{' }],
    [
      'ResourceNotFoundException',
      { logGroupIdentifiers: ['arn:aws:logs:us-east-1:000000000000:log-group:none'] },
    ],
  ])('[LOG-9] %s for %o', async (name, input) => {
    await expect(tail(input, async () => {})).rejects.toMatchObject({ name });
  });
});
