import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  type HostLab,
  type HostTask,
  onSignals,
  script,
  startHostLab,
  taskIdOf,
} from './support/host-lab.ts';
import { describeService } from './support/lab.ts';
import { startTestAgent, type TestAgent } from './support/test-agent.ts';

const missing = await whyNoTestEngine();
/** The name that `describeService` looks in. */
const CLUSTER = 'lab';
const LINES_PER_SECOND = 10;
/** How long the network is away. A black hole is noticed after two minutes at the latest. */
const CUT_SECONDS = Number(process.env['GANTRY_CUT_SECONDS'] ?? 3);
const NOTICED_SECONDS = 130;
const COUNT = `trap 'exit 0' TERM; i=0; while :; do i=$((i + 1)); echo $i; sleep 0.1; done`;
const LIMIT_MS = (CUT_SECONDS * 2 + 240) * 1000;

describe.skipIf(missing !== undefined)('a network that is cut between host and control plane', () => {
  let lab: HostLab;
  let proxy: CutProxy;
  let agent: TestAgent;

  beforeAll(async () => {
    lab = await startHostLab(CLUSTER, ['--no-agent']);
    proxy = await startCutProxy(lab.gantry.port);
    const { env } = lab.engine;
    agent = await startTestAgent(lab.gantry, { cluster: CLUSTER, endpointUrl: proxy.url, env });
  });

  afterAll(async () => {
    await agent?.remove();
    await proxy?.close();
    await lab?.close();
  });

  const define = (family: string, text: string): Promise<string> =>
    lab.register({
      family,
      executionRoleArn: FARGATE.executionRoleArn,
      containerDefinitions: [script('main', text, { memory: 32 })],
    });

  const start = async (family: string, text: string): Promise<HostTask> =>
    lab.running(await lab.run(await define(family, text), ['--cluster', CLUSTER]));

  const idOf = (task: HostTask): string => containerOf(task, 'main').runtimeId ?? '';

  /** What the program has printed, by the engine. */
  const printed = async (task: HostTask): Promise<readonly string[]> =>
    (await lab.docker(['logs', idOf(task)])).trim().split('\n');

  const untilPrinted = (task: HostTask, count: number): Promise<true> =>
    eventually(
      `${count} lines`,
      async () => ((await printed(task)).length >= count ? true : undefined),
      LIMIT_MS,
    );

  /** The names of all containers of a task that there ever were and still are. */
  const containersOf = async (task: string): Promise<readonly string[]> => {
    const label = `label=com.amazonaws.ecs.task-arn=${task}`;
    return (await lab.docker(['ps', '-a', '-q', '--filter', label])).trim().split('\n').filter(Boolean);
  };

  const tasksOf = async (service: string): Promise<readonly string[]> =>
    (
      await lab.gantry.awsJson<{ taskArns: readonly string[] }>([
        ...['ecs', 'list-tasks', '--cluster', CLUSTER, '--service-name', service],
      ])
    ).taskArns;

  test.each(['refuse', 'swallow'] as const)(
    '[HARD-30] [HARD-31] [HARD-32] [HARD-33] %s: tasks run on, and all that happened and was asked meanwhile comes after',
    async (state) => {
      const counting = await start(`counting-${state}`, COUNT);
      const leaving = await start(`leaving-${state}`, onSignals({ USR1: 'exit 5' }));
      const unwanted = await start(`unwanted-${state}`, onSignals());
      await eventually('the first line', async () =>
        (await lab.logLines(leaving.taskArn, 'main')).length > 0 ? true : undefined,
      );
      const service = `late-${state}`;
      const definition = await define(service, onSignals());
      proxy.set(state);
      const isNoticed = state === 'refuse' || CUT_SECONDS >= NOTICED_SECONDS;
      await lab.docker(['kill', '--signal', 'USR1', idOf(leaving)]);
      await lab.gantry.aws(['ecs', 'stop-task', '--cluster', CLUSTER, '--task', unwanted.taskArn]);
      if (state === 'refuse') await agentIs(false);
      await lab.gantry.aws([
        ...['ecs', 'create-service', '--cluster', CLUSTER, '--service-name', service],
        ...['--task-definition', definition, '--desired-count', '1'],
      ]);
      await untilPrinted(counting, (await printed(counting)).length + CUT_SECONDS * LINES_PER_SECOND);
      if (isNoticed) await agentIs(false);
      // Nothing is known, so nothing is said and nobody is replaced.
      expect((await lab.describe(leaving.taskArn)).lastStatus).toBe('RUNNING');
      expect((await lab.describe(counting.taskArn)).lastStatus).toBe('RUNNING');
      expect(await lab.docker(['inspect', '-f', '{{.State.Running}}', idOf(unwanted)])).toBe('true\n');
      proxy.set('open');
      const left = await lab.stopped(leaving.taskArn);
      expect(left).toMatchObject({ stopCode: 'EssentialContainerExited' });
      expect(containerOf(left, 'main').exitCode).toBe(5);
      expect(containerOf(await lab.stopped(unwanted.taskArn), 'main').exitCode).toBe(0);
      await agentIs(true);
      await eventually('the service', async () =>
        (await describeService(lab.gantry, service)).runningCount === 1 ? true : undefined,
      );
      const late = await tasksOf(service);
      expect(late).toHaveLength(1);
      await lab.gantry.aws([
        ...['ecs', 'delete-service', '--force', '--cluster', CLUSTER, '--service', service],
      ]);
      await lab.stop(counting.taskArn);
      for (const arn of [counting.taskArn, leaving.taskArn, unwanted.taskArn, ...late]) {
        expect({ arn: taskIdOf(arn), containers: (await containersOf(arn)).length }).toEqual({
          arn: taskIdOf(arn),
          containers: 1,
        });
      }
      const all = await printed(counting);
      const lines = await eventually('the last line', async () => {
        const seen = await lab.logLines(counting.taskArn, 'main');
        return seen.at(-1) === all.at(-1) ? seen : undefined;
      });
      expect(lines).toEqual(all);
      expect(lines.findIndex((line, index) => line !== String(index + 1))).toBe(-1);
    },
    LIMIT_MS,
  );

  const agentIs = (isConnected: boolean): Promise<true> =>
    eventually(
      `agentConnected ${isConnected}`,
      async () => ((await agent.instance()).agentConnected === isConnected ? true : undefined),
      200_000,
    );
});
