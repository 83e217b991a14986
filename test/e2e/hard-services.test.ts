import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { mountSmallDisk, whyNoSmallDisk } from '../support/small-disk.ts';
import { eventually } from '../support/wait.ts';
import { type CallProxy, startCallProxy, type WholeAnswer } from './support/call-proxy.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  type HostLab,
  type HostTask,
  IMAGE,
  LOG_GROUP,
  onSignals,
  script,
  startHostLab,
} from './support/host-lab.ts';
import { startTestAgent, type TestAgent } from './support/test-agent.ts';

const missing = (await whyNoTestEngine()) ?? (await whyNoSmallDisk());
const CLUSTER = 'services';
/** More than one line of an endless supply fits into; the least that ECS takes. */
const BUFFER_BYTES = 4_096;

describe.skipIf(missing !== undefined)('services that fail around a host', () => {
  let lab: HostLab;
  let registry: CallProxy;
  let logs: CutProxy;
  let agent: TestAgent;

  beforeAll(async () => {
    lab = await startHostLab(CLUSTER, ['--no-agent']);
    const host = '127.0.0.1';
    const port = await freePort();
    registry = await startCallProxy({
      listen: { host, port },
      to: { host, port: lab.gantry.port },
      nameOf: ({ method, url }) => `${method} ${url}`,
    });
    logs = await startCutProxy(lab.gantry.port);
    agent = await startTestAgent(lab.gantry, {
      cluster: CLUSTER,
      endpointUrl: `http://${host}:${port}`,
      env: lab.engine.env,
    });
    await pushImages(['damaged', 'broken', 'cut', 'gone', 'large']);
  });

  afterAll(async () => {
    await agent?.remove();
    await registry?.close();
    await logs?.close();
    await lab?.close();
  });

  /** The same image in several repositories; afterwards only the registry has it under those names. */
  const pushImages = async (repositories: readonly string[]): Promise<void> => {
    const host = `127.0.0.1:${lab.gantry.port}`;
    const password = await lab.gantry.aws(['ecr', 'get-login-password']);
    await lab.docker(['login', '--username', 'AWS', '--password-stdin', host], password);
    for (const repository of repositories) {
      // Layers of their own, or the engine would not fetch them.
      const image = `${host}/${repository}:1`;
      const made = `made-${repository}`;
      await lab.docker(['run', '--name', made, '--network', 'none', IMAGE, 'sh', '-c', FILL(repository)]);
      await lab.docker(['commit', made, image]);
      await lab.docker(['rm', made]);
      await lab.gantry.aws(['ecr', 'create-repository', '--repository-name', repository]);
      await lab.docker(['push', image]);
      await lab.docker(['rmi', image]);
    }
  };

  const start = async (family: string, container: Readonly<Record<string, unknown>>): Promise<string> => {
    const { executionRoleArn } = FARGATE;
    const definition = { family, executionRoleArn, containerDefinitions: [{ memory: 32, ...container }] };
    return lab.run(await lab.register(definition), ['--cluster', CLUSTER]);
  };

  const imageOf = (repository: string): string =>
    `000000000000.dkr.ecr.us-east-1.amazonaws.com/${repository}:1`;

  const startImage = (repository: string): Promise<string> =>
    start(repository, script('main', onSignals(), { image: imageOf(repository) }));

  const reasonOf = (task: HostTask): string | undefined => containerOf(task, 'main').reason;

  test('[HARD-36] damaged layers and broken transfers are tried again, and in vain they are the reason', async () => {
    const served = new Map<string, number>();
    registry.meddle((name) => {
      const [, repository = '', kind] = /^GET \/v2\/(\w+)\/(blobs|manifests)\//.exec(name) ?? [];
      if (repository === 'gone') return async () => 'drop';
      if (kind !== 'blobs') return undefined;
      return async ({ forward }) => {
        const answer = await forward();
        // Configurations are small; it is the layer that suffers.
        if (answer.body.length < LAYER_MIN_BYTES) return answer;
        const count = (served.get(repository) ?? 0) + 1;
        served.set(repository, count);
        return HARM[repository]?.(answer, count) ?? answer;
      };
    });
    const [damaged, broken, cut, gone] = await Promise.all(
      ['damaged', 'broken', 'cut', 'gone'].map((repository) => startImage(repository)),
    );
    for (const arn of [damaged, cut]) await lab.running(arn ?? '');
    expect(served.get('damaged')).toBe(2);
    const unusable = await lab.stopped(broken ?? '');
    expect(unusable.stopCode).toBe('TaskFailedToStart');
    expect(reasonOf(unusable)).toMatch(/^CannotPullContainerError: .*verification failed/);
    expect(reasonOf(await lab.stopped(gone ?? ''))).toMatch(
      /^CannotPullContainerError: .*(EOF|connection reset)/,
    );
    registry.meddle(undefined);
    for (const arn of [damaged, cut]) await lab.stop(arn ?? '');
    // What failed once is no obstacle later.
    const again = await startImage('broken');
    await lab.running(again);
    await lab.stop(again);
  });

  test('[HARD-37] an image for which there is no room is the reason, and comes when there is', async () => {
    const disk = await mountSmallDisk(1, `${lab.engine.dataFolder}/tmp`);
    try {
      const task = await lab.stopped(await startImage('large'));
      expect(reasonOf(task)).toMatch(/^CannotPullContainerError: .*no space left on device/);
    } finally {
      await disk.remove();
    }
    const later = await startImage('large');
    await lab.running(later);
    await lab.stop(later);
  });

  test('[HARD-38] while the log service is away tasks end and are reported; blocking loses nothing, non-blocking says what', async () => {
    const to = (more: Readonly<Record<string, string>>) => ({
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': LOG_GROUP,
          'awslogs-region': 'us-east-1',
          'awslogs-stream-prefix': 't',
          'awslogs-endpoint': logs.url,
          ...more,
        },
      },
    });
    // Slower than the agent looks, so that what is written while a request waits is more than the buffer holds.
    const count = onSignals({ USR1: COUNT_SLOWLY });
    const blocking = await start('blocking', script('main', count, to({ mode: 'blocking' })));
    const dropping = await start(
      'dropping',
      script('main', count, to({ mode: 'non-blocking', 'max-buffer-size': `${BUFFER_BYTES}b` })),
    );
    const both = [await lab.running(blocking), await lab.running(dropping)];
    for (const { taskArn } of both)
      await eventually('ready', async () => (await lab.logLines(taskArn, 'main')).at(0));
    logs.set('refuse');
    for (const task of both)
      await lab.docker(['kill', '--signal', 'USR1', containerOf(task, 'main').runtimeId ?? '']);
    for (const { taskArn } of both) expect(containerOf(await lab.stopped(taskArn), 'main').exitCode).toBe(3);
    expect(await lab.logLines(blocking, 'main')).toEqual(['ready']);
    const attempts = logs.connectionCount;
    const late = await start('late', script('main', 'echo here', to({})));
    await eventually('an attempt to make its stream', async () =>
      logs.connectionCount > attempts ? true : undefined,
    );
    logs.set('open');
    expect(containerOf(await lab.stopped(late), 'main').exitCode).toBe(0);
    const numbers = Array.from({ length: 5_000 }, (_, index) => String(index + 1));
    const kept = await eventually('the last line', async () => {
      const lines = await lab.logLines(blocking, 'main');
      return lines.length > numbers.length ? lines : undefined;
    });
    expect(kept).toEqual(['ready', ...numbers]);
    // What waits when the agent looks again is sent, so that nothing need be missing; what is has been counted.
    await eventually('every line, or the word about it', async () => {
      const lines = await lab.logLines(dropping, 'main');
      const words = lines.map((line) => /^\[gantry\] (\d+) lines were dropped/.exec(line)?.[1]);
      const counts = words.map((dropped) => (dropped === undefined ? 1 : Number(dropped)));
      const sum = counts.reduce((one, other) => one + other, 0);
      return sum === numbers.length + 1 ? true : undefined;
    });
  });
});

/** 5,000 lines in five seconds, and the end. It stands in double quotes, where only the trap may fill in. */
const COUNT_SLOWLY = String.raw`i=0; while [ \$i -lt 50 ]; do seq \$((i * 100 + 1)) \$((i * 100 + 100)); i=\$((i + 1)); sleep 0.1; done; exit 3`;

/** A configuration is shorter, a layer of `FILL` longer. */
const LAYER_MIN_BYTES = 100_000;

/** Makes a file that nothing can make smaller, and no other image has. */
const FILL = (name: string): string => `echo ${name} > /tmp/name; head -c 2000000 /dev/urandom > /tmp/fill`;

function spoilt(answer: WholeAnswer): WholeAnswer {
  const body = Buffer.from(answer.body);
  const middle = Math.floor(body.length / 2);
  body[middle] = (body[middle] ?? 0) ^ 0xff;
  return { ...answer, body };
}

/** What becomes of the layer of each repository, the first time and later. */
const HARM: Readonly<Record<string, (answer: WholeAnswer, count: number) => WholeAnswer>> = {
  broken: spoilt,
  damaged: (answer, count) => (count === 1 ? spoilt(answer) : answer),
  cut: (answer, count) => (count === 1 ? { ...answer, breaksAfterBytes: answer.body.length / 2 } : answer),
};
