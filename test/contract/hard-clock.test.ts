import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateServiceCommand, ExecuteCommandCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { offBy, settableClock, whyNoFakeTime } from './support/fake-time.ts';
import {
  CLUSTER,
  containerOf,
  type HardAgent,
  type HardLab,
  isRunning,
  isStopped,
  logging,
  ROLE_ARN,
  startHardLab,
  streamOf,
} from './support/hard-lab.ts';
import { connectPlugin } from './support/plugin-client.ts';

const HOUR_SECONDS = 3_600;
/** Far more than a test lasts, far less than the clocks are off. */
const SLACK_MS = 600_000;

describe.skipIf(whyNoFakeTime !== undefined)('clocks that are wrong by an hour', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-clock-'));
  const clock = settableClock(join(folder, 'offset'));
  const dataDir = join(folder, 'agent');
  let lab: HardLab;
  let agent: HardAgent;

  beforeAll(async () => {
    lab = await startHardLab({ env: clock.env });
    await lab.register({
      family: 'web',
      taskRoleArn: ROLE_ARN,
      executionRoleArn: ROLE_ARN,
      containerDefinitions: [{ name: 'main', image: 'sim.log-3', memory: 16, logConfiguration: logging() }],
    });
  });

  afterEach(async () => {
    await agent?.end();
    await lab.hostWhere(({ agentConnected }) => agentConnected === false);
  });

  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true });
  });

  const connected = async (env: Readonly<Record<string, string>>): Promise<void> => {
    agent = lab.startAgent({ env, dataDir });
    await lab.hostWhere(({ agentConnected }) => agentConnected === true);
  };

  const typeInto = async (task: string): Promise<void> => {
    const command = { cluster: CLUSTER, task, command: 'cat', interactive: true };
    const { session } = await lab.ecs.send(new ExecuteCommandCommand(command));
    const { streamUrl = '', tokenValue = '' } = session ?? {};
    const client = await connectPlugin({ streamUrl, tokenValue });
    client.type('hello');
    await client.waitFor('hello');
    client.type('\x04');
    await client.closed;
  };

  test.each([HOUR_SECONDS, -HOUR_SECONDS])(
    '[HARD-50] a host that is off by %i seconds runs and stops tasks, ships logs and carries commands',
    async (offSeconds) => {
      await connected(offBy(offSeconds));
      expect(agent.logged('agent.clock-off').length).toBeGreaterThan(0);
      const arn = await lab.run('web');
      const begun = await lab.taskWhere(arn, isRunning);
      // What the control plane says of a task is by its own clock.
      expect(offMs(begun.createdAt)).toBeLessThan(SLACK_MS);
      expect(offMs(begun.startedAt)).toBeLessThan(SLACK_MS);
      await eventually('the lines', async () =>
        (await lab.lines(streamOf(arn))).length === 3 ? true : undefined,
      );
      await typeInto(arn);
      await lab.stop(arn);
      const ended = await lab.taskWhere(arn, isStopped);
      expect(containerOf(ended)).toMatchObject({ exitCode: 143 });
      expect(offMs(ended.stoppedAt)).toBeLessThan(SLACK_MS);
      // What only the host saw is told by the clock of the host.
      expect(offMs(ended.executionStoppedAt, offSeconds)).toBeLessThan(SLACK_MS);
    },
  );

  const tasksOf = async (serviceName: string): Promise<readonly string[]> =>
    (await lab.ecs.send(new ListTasksCommand({ cluster: CLUSTER, serviceName }))).taskArns ?? [];

  test('[HARD-52] while the clock of the control plane is set no host is lost and no task is started twice', async () => {
    await connected({});
    const endsBefore = agent.logged('agent.disconnected').length;
    await lab.ecs.send(
      new CreateServiceCommand({
        cluster: CLUSTER,
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 2,
      }),
    );
    const before = await eventually('two tasks', async () => {
      const arns = await tasksOf('web');
      return arns.length === 2 ? arns.toSorted() : undefined;
    });
    for (const arn of before) await lab.taskWhere(arn, isRunning);
    for (const seconds of [HOUR_SECONDS, 0, -HOUR_SECONDS]) {
      clock.set(seconds);
      // Clients find the new time in refusals; the header that tells it may be a second old.
      await eventually('the new time', () => lab.host());
      const arn = await lab.run('web');
      expect(offMs((await lab.taskWhere(arn, isRunning)).createdAt, seconds)).toBeLessThan(SLACK_MS);
      await lab.stop(arn);
      await lab.taskWhere(arn, isStopped);
      expect((await tasksOf('web')).toSorted()).toEqual(before);
      expect((await lab.host())?.agentConnected).toBe(true);
    }
    for (const arn of before) expect((await lab.task(arn)).lastStatus).toBe('RUNNING');
    // Its connections are still the first ones.
    expect(agent.logged('agent.disconnected')).toHaveLength(endsBefore);
  });
});

/** How far a time is from now, on a clock that is ahead by so many seconds. */
const offMs = (at: Date | undefined, aheadSeconds = 0): number =>
  Math.abs((at?.getTime() ?? 0) - aheadSeconds * 1000 - Date.now());
