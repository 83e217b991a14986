import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  fargateOptions,
  type HostLab,
  LOG_GROUP,
  script,
  startHostLab,
  streamOf,
  taskIdOf,
} from './support/host-lab.ts';

const CLUSTER = 'logs';
const missing = await whyNoTestEngine();

let lab: HostLab;
let options: readonly string[];
let client: CloudWatchLogsClient;

const BURST_COUNT = 20_000;

/** A container that writes bursts of numbered lines as fast as it can, with short rests between them. */
const writer = (bursts: number, more: Readonly<Record<string, string>>) => {
  const line = 'echo "line $b/$i of some length, so that it is like others"';
  const burst = `i=0; while [ $i -lt ${BURST_COUNT} ]; do ${line}; i=$((i+1)); done`;
  const text = `b=0; while [ $b -lt ${bursts} ]; do ${burst}; sleep 0.1; b=$((b+1)); done`;
  return withOptions(script('main', text), more);
};

function withOptions(container: Readonly<Record<string, unknown>>, more: Readonly<Record<string, string>>) {
  const { logDriver, options: own } = container['logConfiguration'] as {
    logDriver: string;
    options: Readonly<Record<string, string>>;
  };
  return { ...container, logConfiguration: { logDriver, options: { ...own, ...more } } };
}

describe.skipIf(missing !== undefined)('logs of containers', () => {
  beforeAll(async () => {
    lab = await startHostLab(CLUSTER);
    options = await fargateOptions(lab.gantry, CLUSTER);
    client = new CloudWatchLogsClient({
      endpoint: lab.gantry.endpointUrl,
      region: 'us-east-1',
      credentials: {
        accessKeyId: lab.gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: lab.gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  });

  afterAll(async () => {
    client?.destroy();
    await lab?.close();
  });

  const start = async (family: string, containerDefinitions: readonly unknown[]): Promise<string> =>
    lab.run(await lab.register({ family, ...FARGATE, containerDefinitions }), options);

  /** The one number that a query answers. */
  const numberOf = async (queryString: string): Promise<number> => {
    const now = Math.floor(Date.now() / 1_000);
    const { queryId } = await client.send(
      new StartQueryCommand({
        ...{ logGroupName: LOG_GROUP, queryString, startTime: now - 3_600, endTime: now + 60 },
      }),
    );
    const { results = [] } = await eventually('the answer of the query', async () => {
      const answer = await client.send(new GetQueryResultsCommand({ queryId }));
      return answer.status === 'Complete' ? answer : undefined;
    });
    return Number(results[0]?.[0]?.value ?? 0);
  };

  test('[LOG-20] lines become events, told by the first of them', async () => {
    const text =
      'echo "2026-11-22 10:00:00 one"; echo "  at a"; echo "2026-11-22 10:00:01 two"; echo "  at b"; echo "  at c"';
    const format = { 'awslogs-datetime-format': '%Y-%m-%d %H:%M:%S' };
    const taskArn = await start('multiline', [withOptions(script('main', text), format)]);
    await lab.stopped(taskArn);
    const lines = await eventually('both events', async () => {
      const found = await lab.logLines(taskArn, 'main');
      return found.length === 2 ? found : undefined;
    });
    expect(lines).toEqual(['2026-11-22 10:00:00 one\n  at a\n', '2026-11-22 10:00:01 two\n  at b\n  at c\n']);
  });

  test('[LOG-22] in the blocking mode every line arrives, however fast they are written', async () => {
    const count = 3 * BURST_COUNT;
    const taskArn = await start('blocking', [writer(3, { mode: 'blocking' })]);
    await lab.stopped(taskArn);
    const filter = `filter @logStream = "${streamOf(taskArn, 'main')}"`;
    await eventually('every line', async () =>
      (await numberOf(`${filter} | stats count(*)`)) === count ? true : undefined,
    );
    expect(await numberOf(`${filter} | stats count_distinct(@message) > ${count * 0.9}`)).toBe(1);
    expect(await numberOf(`${filter} and @message like "[gantry]" | stats count(*)`)).toBe(0);
  });

  test('[LOG-22] in the non-blocking mode every line is sent, or counted in the stream', async () => {
    const count = 16 * BURST_COUNT;
    const small = { mode: 'non-blocking', 'max-buffer-size': '16k' };
    const taskArn = await start('dropping', [writer(16, small)]);
    await lab.stopped(taskArn);
    const filter = `filter @logStream = "${streamOf(taskArn, 'main')}"`;
    const counted = await eventually('all lines, sent or counted', async () => {
      const sent = await numberOf(`${filter} and @message like /^line/ | stats count(*)`);
      const dropped = await numberOf(
        `${filter} | parse @message "[gantry] * lines were dropped" as n | stats sum(n)`,
      );
      return sent + dropped === count ? { sent, dropped } : undefined;
    });
    // How many do not fit is up to the machine's speed; that they are dropped at all, to log-overflow.test.ts.
    expect(counted.sent).toBeGreaterThan(0);
  });

  test('[FLN-2] [FLN-3] a router gets its configuration, and what containers write through it', async () => {
    const router = {
      ...script('router', onTerm('cat /fluent-bit/etc/fluent-bit.conf')),
      firelensConfiguration: { type: 'fluentbit' },
    };
    const app = {
      ...script('app', onTerm('echo "to $FLUENT_HOST:$FLUENT_PORT"')),
      logConfiguration: { logDriver: 'awsfirelens', options: { Name: 'stdout' } },
    };
    const taskArn = await start('firelens', [app, router]);
    // No router's image is at hand here, so the test listens where the router would.
    const folder = join(lab.gantry.dataDir, 'agent', 'firelens', taskIdOf(taskArn), 'socket');
    await eventually('the folder of the socket', async () => (existsSync(folder) ? true : undefined));
    const listener = await listen(join(folder, 'fluent.sock'));
    const task = await lab.running(taskArn);
    const config = await eventually('the configuration', async () => {
      const lines = await lab.logLines(taskArn, 'router');
      return lines.includes('    Match app-firelens*') ? lines : undefined;
    });
    expect(config).toContain('    unix_path /var/run/fluent.sock');
    expect(config).toContain(`    Record ecs_task_arn ${taskArn}`);
    const inspected = await lab.docker(['inspect', containerOf(task, 'app').runtimeId ?? '']);
    const [{ HostConfig: host }] = JSON.parse(inspected) as [{ HostConfig: { LogConfig: LogConfig } }];
    expect(host.LogConfig).toMatchObject({
      Type: 'fluentd',
      Config: { tag: `app-firelens-${taskIdOf(taskArn)}`, 'fluentd-async': 'true' },
    });
    await eventually('the line', async () =>
      listener.received().includes('to 127.0.0.1:24224') ? true : undefined,
    );
    expect(listener.received()).toContain(`app-firelens-${taskIdOf(taskArn)}`);
    await lab.stop(taskArn);
    listener.close();
  });
});

interface LogConfig {
  readonly Type: string;
  readonly Config: Readonly<Record<string, string>>;
}

/** A script that goes on until it is told to end. */
const onTerm = (text: string): string =>
  `trap 'exit 0' TERM; ${text}; while true; do sleep 1 & wait $!; done`;

/** Listens on a socket and keeps what comes. */
async function listen(path: string): Promise<{ received(): string; close(): void }> {
  let received = '';
  const server: Server = createServer((socket) => {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { received: () => received, close: () => void server.close() };
}
