import { describe, expect, test } from 'vitest';
import { type RuntimeDriver, RuntimeError } from '../runtime/driver.ts';
import { createSimulatedDriver } from '../runtime/simulated/simulated-driver.ts';
import { aHostTask, type OneHost, oneHost, START, withMethods } from './one-host.ts';

const ARN = 'arn:aws:ecs:us-east-1:1:task/lab/t1';
const SECOND = 1_000;
const TASK = aHostTask([{ name: 'app', image: 'web' }]);

const recordOf = ({ engine }: OneHost) => {
  const record = engine.records().find(({ payload }) => payload.arn === ARN);
  if (record === undefined) throw new Error('the task has left the host');
  return record;
};
const appOf = (host: OneHost) => recordOf(host).containers.find(({ name }) => name === 'app');
const countOf = ({ deeds }: OneHost, kind: string): number =>
  deeds.filter(({ deed }) => deed === kind).length;

const AWAY = new RuntimeError('create', 'the container engine cannot be reached', { isEngineAway: true });
const REFUSED = new RuntimeError('inspect', 'Error response from daemon: not today');

type Call = 'prepareSandbox' | 'pullImage' | 'createContainer' | 'startContainer' | 'stopContainer';

/** An engine that is away for each of these calls for so long after the start. */
const awayFor = (calls: readonly Call[], seconds: number) =>
  oneHost({}, (driver, clock) => {
    const isAway = (): boolean => clock.now() < START + seconds * SECOND;
    const guarded = calls.map((name) => {
      const call = driver[name].bind(driver) as (...given: unknown[]) => Promise<unknown>;
      return [name, (...given: unknown[]) => (isAway() ? Promise.reject(AWAY) : call(...given))] as const;
    });
    return withMethods(driver, Object.fromEntries(guarded) as Partial<RuntimeDriver>);
  });

describe('an engine that is away', () => {
  test.each([
    ['prepareSandbox', 239],
    ['pullImage', 239],
    ['createContainer', 239],
    ['startContainer', 179],
  ] as const)('[HARD-10] for %s for %i seconds is waited for', async (call, seconds) => {
    const host = awayFor([call], seconds);
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).wasRunning || recordOf(host).isStopped);
    expect(recordOf(host)).toMatchObject({ wasRunning: true, isStopped: false });
    expect(appOf(host)?.phase).toBe('RUNNING');
  });

  test.each([
    ['prepareSandbox', 260, /^ResourceInitializationError: the container engine cannot be reached/],
    [
      'createContainer',
      260,
      /^DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s$/,
    ],
    [
      'startContainer',
      200,
      /^DockerTimeoutError: Could not transition to running; timed out after waiting 3m0s$/,
    ],
  ] as const)('[HARD-10] for %s for %i seconds ends the task', async (call, seconds, reason) => {
    const host = awayFor([call], seconds);
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).isStopped);
    expect(appOf(host)?.reason ?? recordOf(host).reason).toMatch(reason);
  });

  test('[HARD-10] a task that is asked to stop meanwhile never starts, and nothing was refused', async () => {
    const host = awayFor(['createContainer'], 100);
    await host.engine.accept(TASK);
    await host.pass(20 * SECOND);
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    expect(host.clock.now()).toBeLessThan(START + 30 * SECOND);
    expect(appOf(host)).toMatchObject({ phase: 'STOPPED', wasRunning: false });
    expect(appOf(host)?.reason).toBeUndefined();
  });

  test('[HARD-10] a stop is repeated until it is heard', async () => {
    const host = awayFor(['stopContainer'], 1_000);
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).wasRunning);
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    expect(host.clock.now()).toBeGreaterThanOrEqual(START + 1_000 * SECOND);
    expect(appOf(host)?.exitCode).toBe(143);
  });
});

/** The first `count` calls are refused. */
const refusing = (name: 'inspectContainer' | 'removeContainer', count: number) => {
  let left = count;
  return oneHost({ cleanupWaitMs: SECOND }, (driver) =>
    withMethods(driver, {
      [name]: (runtimeId: string) => {
        left -= 1;
        return left < 0 ? driver[name](runtimeId) : Promise.reject(REFUSED);
      },
    }),
  );
};

describe('an engine that refuses', () => {
  test.each([1, 5])('[HARD-13] to say how a started container is, %i times: it runs', async (count) => {
    const host = refusing('inspectContainer', count);
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).wasRunning || recordOf(host).isStopped);
    expect(appOf(host)?.phase).toBe('RUNNING');
    expect(appOf(host)?.reason).toBeUndefined();
  });

  test.each([1, 20])(
    '[HARD-3] to remove a container, %i times: the task is kept until it can be',
    async (count) => {
      const host = refusing('removeContainer', count);
      await host.engine.accept(TASK);
      await host.until(() => recordOf(host).wasRunning);
      await host.engine.stop(ARN);
      await host.until(() => host.engine.records().length === 0);
      expect(await host.driver.listContainers()).toEqual([]);
      expect(await host.state.list('tasks')).toEqual([]);
      expect(countOf(host, 'remove')).toBe(count + 1);
    },
  );
});

describe('what the engine does too late', () => {
  test('[HARD-11] a container that is made after it was given up goes with its task', async () => {
    const made = Promise.withResolvers<void>();
    const host = oneHost({ cleanupWaitMs: 60 * SECOND }, (driver) =>
      withMethods(driver, {
        createContainer: async (spec) => {
          await made.promise;
          return driver.createContainer(spec);
        },
        // The sandbox of this engine is needed for the create that comes late.
        releaseSandbox: async () => {},
      }),
    );
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).isStopped);
    made.resolve();
    await host.pass(SECOND);
    expect(await host.driver.listContainers()).toHaveLength(1);
    await host.until(() => host.engine.records().length === 0);
    expect(await host.driver.listContainers()).toEqual([]);
  });

  test('[HARD-11] a container that runs although it was given up is stopped by the next agent', async () => {
    const host = oneHost();
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).wasRunning);
    const [running] = await host.driver.listContainers();
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    await host.engine.close();
    await host.driver.startContainer(running?.runtimeId ?? '');
    const next = oneHost({}, undefined, host);
    await next.engine.recover();
    expect(await host.driver.listContainers()).toMatchObject([{ status: 'exited' }]);
  });
});

describe('the next agent', () => {
  test('[HARD-4] prepares again what the one before it had prepared', async () => {
    const never = new Promise<never>(() => {});
    const host = oneHost({}, (driver) => withMethods(driver, { createContainer: () => never }));
    await host.engine.accept(TASK);
    await host.until(() => recordOf(host).isPrepared);
    await host.pass(SECOND);
    // Another engine: none keeps a sandbox without a container, which was in the memory of the agent that died.
    const next = oneHost({}, undefined, { ...host, driver: createSimulatedDriver(host) });
    await next.engine.recover();
    await next.until(() => recordOf(next).wasRunning || recordOf(next).isStopped);
    expect(appOf(next)?.phase).toBe('RUNNING');
  });

  test('[HARD-2] waits for no output of a container that the one before it made and nobody started', async () => {
    const never = new Promise<never>(() => {});
    let engine: RuntimeDriver | undefined;
    const host = oneHost({}, (driver) => {
      engine = driver;
      return withMethods(driver, { startContainer: () => never });
    });
    const dockerConfig = {
      config: '{}',
      hostConfig: JSON.stringify({
        LogConfig: { Type: 'awslogs', Config: { 'awslogs-group': 'g', 'awslogs-stream': 's' } },
      }),
      version: '1.25',
    };
    await host.engine.accept(aHostTask([{ name: 'app', image: 'web', dockerConfig }]));
    await host.until(() => appOf(host)?.phase === 'CREATED');
    await host.pass(SECOND);
    const next = oneHost({ cleanupWaitMs: SECOND }, undefined, { ...host, driver: engine ?? host.driver });
    await next.engine.recover();
    await next.engine.stop(ARN);
    await next.until(() => next.engine.records().length === 0);
    expect(next.clock.now()).toBeLessThan(START + 60 * SECOND);
  });
});
