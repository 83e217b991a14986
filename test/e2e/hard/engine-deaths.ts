import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/wait.ts';
import { containerOf, FARGATE, type HostTask, IMAGE, onSignals, script } from '../support/host-lab.ts';
import { CLUSTER, type KillLab, nothingLeft, oneLife } from '../support/task-life.ts';

const ON_HOST = ['--cluster', CLUSTER, '--launch-type', 'EC2'];
const isWhole = process.env['GANTRY_SOAK'] !== undefined;
/** Where an engine that leaves its containers alone dies. */
const DEATHS = [
  'POST create main',
  'POST stop main',
  ...(isWhole
    ? ['POST create pause', 'POST start pause', 'POST start main', 'DELETE pause', 'DELETE main']
    : []),
];
/** What an engine refuses, and the reason that the task ends with. */
const REFUSALS: readonly (readonly [string, string])[] = [
  ['POST create pause', 'ResourceInitializationError: Error response from daemon: not today'],
  ['POST start main', 'CannotStartContainerError: Error response from daemon: not today'],
  ['POST create main', 'CannotCreateContainerError: Error response from daemon: not today'],
];
const REPEATED = ['GET json main', 'DELETE main'];
const REPEATED_TOO = isWhole ? ['POST stop main', 'DELETE pause', 'DELETE volumes'] : [];
const REFUSED = { status: 500, body: JSON.stringify({ message: 'not today' }) };

/** The engine dies and comes back; what that does to containers is its own setting. */
async function crash({ lab }: KillLab, keepsContainers: boolean): Promise<void> {
  await lab.engine.crash();
  await lab.engine.revive({ keepsContainers });
}

/** Meddles with the first call of this name. */
function atFirst(
  { engineCalls }: KillLab,
  wanted: string,
  act: () => Promise<'drop' | 'pass' | { status: number; body: string }>,
): Promise<void> {
  const done = Promise.withResolvers<void>();
  let isDue = true;
  engineCalls.meddle((name) => {
    if (name !== wanted || !isDue) return undefined;
    isDue = false;
    return async () => {
      const fate = act();
      // Whoever waits for it hears of what went wrong.
      fate.then(() => done.resolve(), done.reject);
      return fate;
    };
  });
  return done.promise;
}

const resting = (more: ContainerDefinition = {}): ContainerDefinition =>
  script('main', onSignals(), { memory: 32, ...more });

async function runAlone({ lab }: KillLab, family: string, container: ContainerDefinition): Promise<string> {
  const definition = await lab.registerBySdk({
    family,
    networkMode: 'bridge',
    executionRoleArn: FARGATE.executionRoleArn,
    containerDefinitions: [container],
  });
  return lab.run(definition, ON_HOST);
}

/** Waits until the life that `kills` runs has come to where it waits for a stop. */
async function upAndSaid({ lab }: KillLab, arn: string): Promise<HostTask> {
  const task = await lab.running(arn);
  await eventually('the output', async () =>
    (await lab.logLines(arn, 'main')).includes('starts 1') ? true : undefined,
  );
  return task;
}

/** The engine dies, refuses or is slow; the lab is given when the tests run. */
export function engineDeaths(given: () => KillLab): void {
  describe('an engine that takes its containers along', () => {
    test('[HARD-12] tasks whose containers ended with it are stopped, and the agent stays', async () => {
      const kills = given();
      const { lab, agent } = kills;
      const { pid } = agent;
      const restartPolicy = { enabled: true, restartAttemptPeriod: 60 };
      const [arn, other] = await Promise.all([
        kills.run('awsvpc'),
        runAlone(kills, 'restarting', resting({ restartPolicy })),
      ]);
      await Promise.all([lab.running(arn), lab.running(other)]);
      await crash(kills, false);
      const ended = await Promise.all([lab.stopped(arn), lab.stopped(other)]);
      for (const task of ended) {
        expect(task.stopCode).toBe('EssentialContainerExited');
        expect(task.stoppedReason).toBe('Essential container in task exited');
        expect(containerOf(task, 'main').exitCode).toBeDefined();
      }
      await nothingLeft(kills);
      expect(agent.pid).toBe(pid);
      // It hears of containers again.
      await oneLife(kills, 'awsvpc');
    });

    test.runIf(isWhole)(
      '[HARD-12] it dies in the middle of a start: the task ends with a reason and leaves nothing',
      async () => {
        const kills = given();
        const crashed = atFirst(kills, 'POST start main', async () => {
          await crash(kills, false);
          return 'drop';
        });
        const arn = await kills.run('awsvpc');
        await crashed;
        const task = await kills.lab.stopped(arn);
        expect(task.stopCode).toBe('TaskFailedToStart');
        expect(containerOf(task, 'main').reason).toMatch(
          /^CannotStartContainerError: Error response from daemon: /,
        );
        await nothingLeft(kills);
      },
    );
  });

  describe('an engine that leaves its containers alone', () => {
    test('[HARD-12] running tasks do not notice that it died', async () => {
      const kills = given();
      const { lab } = kills;
      await crash(kills, true);
      const arn = await kills.run('awsvpc');
      const before = await upAndSaid(kills, arn);
      await crash(kills, true);
      expect(containerOf(await lab.describe(arn), 'main').lastStatus).toBe('RUNNING');
      // Its ends are heard of again, without anybody asking for them.
      await lab.docker(['kill', '--signal', 'TERM', containerOf(before, 'main').runtimeId ?? '']);
      const after = await lab.stopped(arn);
      expect(after.stopCode).toBe('EssentialContainerExited');
      expect(containerOf(after, 'main').exitCode).toBe(0);
      await nothingLeft(kills);
    });

    test.each(DEATHS)('[HARD-10] it dies at %s: the task goes on when it is back', async (step) => {
      const kills = given();
      const crashed = atFirst(kills, step, async () => {
        await crash(kills, true);
        return 'drop';
      });
      await oneLife(kills, 'awsvpc', 'engine');
      await crashed;
    });

    test('[HARD-10] it dies in the middle of a pull: the pull is made again', async () => {
      const kills = given();
      const { lab } = kills;
      const registry = `127.0.0.1:${lab.gantry.port}`;
      const pushed = `${registry}/pulled:1`;
      const image = `${kills.address}/pulled:1`;
      await lab.gantry.aws(['ecr', 'create-repository', '--repository-name', 'pulled']);
      const password = await lab.gantry.aws(['ecr', 'get-login-password']);
      await lab.docker(['login', '--username', 'AWS', '--password-stdin', registry], password);
      await lab.docker(['tag', IMAGE, pushed]);
      await lab.docker(['push', pushed]);
      await lab.docker(['rmi', pushed]);
      const crashed = atFirst(kills, 'POST images create', async () => {
        await crash(kills, true);
        return 'drop';
      });
      const arn = await runAlone(kills, 'pulled', resting({ image }));
      await crashed;
      await lab.running(arn);
      await kills.stop(arn);
      await lab.stopped(arn);
      await nothingLeft(kills);
    });
  });

  describe('an engine that refuses or is slow', () => {
    test.each(isWhole ? REFUSALS : REFUSALS.slice(0, 2))(
      '[HARD-13] it refuses %s once: the task ends with its words',
      async (step, reason) => {
        const kills = given();
        const done = atFirst(kills, step, async () => REFUSED);
        const arn = await kills.run('awsvpc');
        await done;
        const task = await kills.lab.stopped(arn);
        expect(task.stopCode).toBe('TaskFailedToStart');
        expect([task.stoppedReason, containerOf(task, 'main').reason]).toContain(reason);
        await nothingLeft(kills);
      },
    );

    test('[HARD-13] what it refuses once and has to do is asked again', async () => {
      const kills = given();
      const left = new Set([...REPEATED, ...REPEATED_TOO]);
      kills.engineCalls.meddle((name) => (left.delete(name) ? async () => REFUSED : undefined));
      await oneLife(kills, 'awsvpc');
      expect(left.size).toBe(0);
    });

    test.runIf(isWhole)('[HARD-14] each call takes two seconds longer: all is as ever, later', async () => {
      const kills = given();
      kills.engineCalls.meddle(() => async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        return 'pass';
      });
      await oneLife(kills, 'awsvpc');
    });

    test.runIf(isWhole)(
      '[HARD-15] a create that takes longer than its limit ends the task, and its container is not forgotten',
      { timeout: 600_000 },
      async () => {
        const kills = given();
        const released = Promise.withResolvers<void>();
        kills.engineCalls.meddle((name) =>
          name === 'POST create main'
            ? async ({ forward }) => {
                await released.promise;
                return forward();
              }
            : undefined,
        );
        const arn = await kills.run('bridge');
        const task = await eventually(
          'the end',
          async () => {
            const seen = await kills.lab.describe(arn);
            return seen.lastStatus === 'STOPPED' ? seen : undefined;
          },
          300_000,
        );
        released.resolve();
        expect(containerOf(task, 'main').reason).toBe(
          'DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s',
        );
        await nothingLeft(kills);
      },
    );
  });
}
