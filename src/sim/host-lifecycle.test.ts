import { describe, expect, test } from 'vitest';
import { DEFAULT_ENGINE_SETTINGS } from '../agent/engine-deps.ts';
import { pause } from '../agent/pause.ts';
import { RuntimeError } from '../runtime/driver.ts';
import { aHostTask, type OneHost, oneHost, START, withMethods } from './one-host.ts';

const ARN = 'arn:aws:ecs:us-east-1:1:task/lab/t1';
const SECOND = 1_000;
const DEFAULT_CLEANUP = DEFAULT_ENGINE_SETTINGS.imageCleanup;

const recordOf = ({ engine }: OneHost) => {
  const record = engine.records().find(({ payload }) => payload.arn === ARN);
  if (record === undefined) throw new Error('the task has left the host');
  return record;
};

const containerOf = (host: OneHost, name: string) => {
  const found = recordOf(host).containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
};

const deedsOf = ({ deeds }: OneHost, ...kinds: readonly string[]) =>
  deeds.filter(({ deed }) => kinds.includes(deed)).map(({ afterMs, deed, what }) => [afterMs, deed, what]);

const AWSLOGS = {
  config: '{}',
  hostConfig: JSON.stringify({
    LogConfig: { Type: 'awslogs', Config: { 'awslogs-group': 'g', 'awslogs-stream': 's' } },
  }),
  version: '1.25',
};

describe('dependencies', () => {
  test('[LIF-1, LIF-3] each container starts when its own dependencies are met, and all stop the other way round', async () => {
    const host = oneHost();
    await host.engine.accept(
      aHostTask([
        { name: 'init', image: 'sim.exit-0.after-2000', essential: false },
        { name: 'db', image: 'sim.healthy-5000', healthCheckType: 'docker', dockerConfig: CHECKED },
        {
          name: 'app',
          image: 'app',
          dependsOn: [
            { containerName: 'init', condition: 'SUCCESS' },
            { containerName: 'db', condition: 'HEALTHY' },
          ],
        },
        { name: 'side', image: 'side', links: ['app'] },
      ]),
    );
    await host.until(() => recordOf(host).wasRunning);
    expect(deedsOf(host, 'start')).toEqual([
      [0, 'start', 'init'],
      [0, 'start', 'db'],
      [5 * SECOND, 'start', 'app'],
      [5 * SECOND, 'start', 'side'],
    ]);
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    expect(deedsOf(host, 'stop').map(([, , name]) => name)).toEqual(['side', 'app', 'db']);
  });

  test('[LIF-2] a dependency that takes too long ends the task with the reason', async () => {
    const host = oneHost();
    await host.engine.accept(
      aHostTask([
        { name: 'db', image: 'sim.healthy-9000', startTimeout: 4, dockerConfig: CHECKED },
        { name: 'app', image: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
      ]),
    );
    await host.until(() => recordOf(host).isStopped);
    expect(deedsOf(host, 'stop')).toEqual([[4 * SECOND, 'stop', 'db']]);
    expect(containerOf(host, 'app')).toMatchObject({
      exitCode: 143,
      reason:
        'CannotStartContainerError: dependency graph: container ordering dependency [db(sim.healthy-9000) (RUNNING->RUNNING)] for target [app(app) (PULLED->RUNNING)] has timed out.',
    });
  });

  test('[LIF-2] a container that is not essential goes without, and the task runs', async () => {
    const host = oneHost();
    await host.engine.accept(
      aHostTask([
        { name: 'init', image: 'sim.exit-1.after-10', essential: false },
        {
          name: 'side',
          image: 'side',
          essential: false,
          dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
        },
        { name: 'app', image: 'app' },
      ]),
    );
    await host.until(() => recordOf(host).wasRunning);
    expect(recordOf(host)).toMatchObject({ isEnding: false, isStopped: false });
    expect(containerOf(host, 'side').phase).toBe('STOPPED');
    expect(containerOf(host, 'app').phase).toBe('RUNNING');
  });

  test('[LIF-3] a container that is slow to stop keeps only what it depends on', async () => {
    const host = oneHost();
    await host.engine.accept(
      aHostTask([
        { name: 'cache', image: 'cache' },
        { name: 'deaf', image: 'sim.deaf', stopTimeout: 600, links: ['cache'] },
        { name: 'db', image: 'db' },
        { name: 'app', image: 'app', links: ['db'] },
      ]),
    );
    await host.until(() => recordOf(host).wasRunning);
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    expect(deedsOf(host, 'ended')).toEqual([
      [0, 'ended', 'app'],
      [0, 'ended', 'db'],
      [600 * SECOND, 'ended', 'deaf'],
      [600 * SECOND, 'ended', 'cache'],
    ]);
  });
});

const CHECKED = {
  config: JSON.stringify({ Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Timeout: 2e9, Retries: 1 } }),
  hostConfig: '{}',
  version: '1.25',
};

describe('reports', () => {
  test('[LIF-3] [AGT-7] the end of an essential container is told while another is still stopping', async () => {
    const host = oneHost();
    await host.engine.accept(
      aHostTask([
        { name: 'app', image: 'sim.exit-3.after-5000' },
        { name: 'side', image: 'sim.deaf', essential: false, stopTimeout: 30 },
      ]),
    );
    await host.until(() => recordOf(host).sent === 'STOPPED');
    const told = host.reports.map(({ status, executionStoppedAt, containers = [] }) => ({
      status,
      executionStoppedAfter: executionStoppedAt === undefined ? undefined : executionStoppedAt - START / 1000,
      containers: containers.map(({ containerName, status: of, exitCode }) => [containerName, of, exitCode]),
    }));
    expect(told.slice(1)).toEqual([
      {
        status: 'RUNNING',
        executionStoppedAfter: undefined,
        containers: [
          ['app', 'RUNNING', undefined],
          ['side', 'RUNNING', undefined],
        ],
      },
      { status: 'RUNNING', executionStoppedAfter: 5, containers: [['app', 'STOPPED', 3]] },
      { status: 'STOPPED', executionStoppedAfter: 5, containers: [['side', 'STOPPED', 137]] },
    ]);
    expect(recordOf(host).stoppedAtMs).toBe(START + 35 * SECOND);
  });

  test('[AGT-6] the first essential container’s end is the end of execution, STOPPED comes with the last', async () => {
    const host = oneHost();
    await host.engine.accept(
      aHostTask([
        { name: 'one', image: 'one' },
        { name: 'two', image: 'sim.deaf', stopTimeout: 9 },
      ]),
    );
    await host.until(() => recordOf(host).wasRunning);
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    expect(recordOf(host)).toMatchObject({
      executionStoppedAtMs: START,
      stoppedAtMs: START + 9 * SECOND,
    });
  });
});

describe('restart policies', () => {
  const restartPolicy = { enabled: true, ignoredExitCodes: [7], restartAttemptPeriod: 60 };
  const app = (image: string) =>
    aHostTask([
      { name: 'app', image, restartPolicy, dockerConfig: AWSLOGS },
      { name: 'side', image: 'side' },
    ]);

  test('[LIF-4] an essential container runs again and again, its task goes on, and so does its output', async () => {
    const host = oneHost();
    await host.engine.accept(app('sim.exit-1.after-61000.log-2'));
    await host.until(() => containerOf(host, 'app').restartCount === 2);
    await host.pass(5 * SECOND);
    expect(deedsOf(host, 'start').filter(([, , name]) => name === 'app')).toEqual([
      [0, 'start', 'app'],
      [61 * SECOND, 'start', 'app'],
      [122 * SECOND, 'start', 'app'],
    ]);
    expect(recordOf(host).isEnding).toBe(false);
    expect(containerOf(host, 'app')).toMatchObject({ phase: 'RUNNING', exitCode: undefined });
    expect(host.lines.map(({ message }) => message)).toEqual(Array.from({ length: 3 }, () => LINES).flat());
    // Nothing is reported: the protocol counts restarts in its measurements alone.
    expect(host.reports.map(({ status }) => status)).toEqual(['PENDING', 'RUNNING']);
  });

  const LINES = ['line 1', 'line 2'];

  test.each([
    { name: 'an end within the period', image: 'sim.exit-1.after-59000' },
    { name: 'an exit code that is ignored', image: 'sim.exit-7.after-61000' },
  ])('[LIF-4] $name counts as usual', async ({ image }) => {
    const host = oneHost();
    await host.engine.accept(app(image));
    await host.until(() => recordOf(host).isStopped);
    expect(containerOf(host, 'app').restartCount).toBe(0);
    expect(host.reports.at(-1)?.status).toBe('STOPPED');
  });

  test('[LIF-4] a task that is asked to stop restarts nothing', async () => {
    const host = oneHost();
    await host.engine.accept(app('sim.exit-1.after-61000'));
    await host.pass(60 * SECOND);
    await host.engine.stop(ARN);
    await host.until(() => recordOf(host).isStopped);
    expect(containerOf(host, 'app').restartCount).toBe(0);
  });
});

describe('images', () => {
  const HOUR = 3_600_000;
  const task = (id: string, image: string, more: object = {}) =>
    aHostTask([{ name: 'app', image, ...more }], id);
  const arnOf = (id: string) => `arn:aws:ecs:us-east-1:1:task/lab/${id}`;
  const ledger = async ({ state }: OneHost) =>
    ((await state.load('images')) as readonly { name: string }[]).map(({ name }) => name);

  /** Runs a task and waits until nothing of it is left on the host. */
  const runThrough = async (host: OneHost, id: string, image: string): Promise<void> => {
    await host.engine.accept(task(id, image));
    await host.until(() => host.engine.records().every(({ payload }) => payload.arn !== arnOf(id)));
  };

  test('[LIF-21] an image goes an hour after its pull, when no container has it any more', async () => {
    const host = oneHost();
    await host.engine.recover();
    await host.engine.accept(task('t2', 'kept'));
    await runThrough(host, 't1', 'sim.exit-0.after-10');
    expect(await ledger(host)).toEqual(['kept', 'sim.exit-0.after-10']);
    await host.pass(HOUR / 2);
    expect(await ledger(host)).toHaveLength(2);
    await host.pass(HOUR);
    expect(await ledger(host)).toEqual(['kept']);
    expect(deedsOf(host, 'untag').map(([, , image]) => image)).toEqual(['sim.exit-0.after-10']);
  });

  test('[LIF-21] at most five images go in one cycle', async () => {
    const host = oneHost();
    await host.engine.recover();
    for (let at = 0; at < 7; at += 1) await host.engine.accept(task(`t${at}`, `sim.exit-0.after-${at + 1}`));
    await host.until(() => deedsOf(host, 'untag').length > 0);
    await host.pass(1_000);
    expect(deedsOf(host, 'untag')).toHaveLength(5);
    await host.pass(HOUR);
    expect(deedsOf(host, 'untag')).toHaveLength(7);
  });

  test.each([
    { name: 'prefer-cached keeps all', settings: { pullBehavior: 'prefer-cached' } as const },
    { name: 'switched off', settings: { imageCleanup: { ...DEFAULT_CLEANUP, isOn: false } } },
  ])('[LIF-21] no image goes: $name', async ({ settings }) => {
    const host = oneHost(settings);
    await host.engine.recover();
    await runThrough(host, 't1', 'sim.exit-0.after-10');
    await host.pass(5 * HOUR);
    expect(deedsOf(host, 'untag')).toEqual([]);
  });

  test('[LIF-22] on a full disk stopped containers and unused images go at once, until there is room', async () => {
    let freeBytes = 50;
    const host = oneHost({}, (driver) =>
      withMethods(driver, {
        imageDisk: async () => ({ totalBytes: 100, freeBytes }),
        removeImage: async (reference) => {
          freeBytes += 4;
          return driver.removeImage(reference);
        },
      }),
    );
    await host.engine.recover();
    await host.engine.accept(task('t9', 'kept'));
    for (const id of ['t1', 't2', 't3']) await host.engine.accept(task(id, `sim.exit-0.after-1${id.at(-1)}`));
    await host.until(() => host.engine.records().filter(({ isStopped }) => isStopped).length === 3);
    freeBytes = 3;
    await host.pass(130 * SECOND);
    expect(host.engine.records().map(({ payload }) => payload.arn)).toEqual([arnOf('t9')]);
    // Two of three were enough: 3 + 4 + 4 of 100 are free.
    expect(deedsOf(host, 'untag').map(([, , image]) => image)).toEqual([
      'sim.exit-0.after-11',
      'sim.exit-0.after-12',
    ]);
  });

  test('[LIF-22] a large disk with 20 GiB left is not full', async () => {
    const GIB = 1024 ** 3;
    const host = oneHost({}, (driver) =>
      withMethods(driver, { imageDisk: async () => ({ totalBytes: 1000 * GIB, freeBytes: 20 * GIB }) }),
    );
    await host.engine.recover();
    await host.engine.accept(task('t1', 'sim.exit-0.after-10'));
    await host.pass(130 * SECOND);
    expect(host.engine.records()).toHaveLength(1);
  });

  test.each([
    { pullBehavior: 'default', uses: ['fallback', 'fallback'] },
    { pullBehavior: 'always', uses: ['never', 'never'] },
    { pullBehavior: 'once', uses: ['fallback', 'first'] },
    { pullBehavior: 'prefer-cached', uses: ['first', 'first'] },
  ] as const)('[LIF-10] $pullBehavior: the first and the second task', async ({ pullBehavior, uses }) => {
    const seen: string[] = [];
    const host = oneHost({ pullBehavior }, (driver) =>
      withMethods(driver, {
        pullImage: (request) => {
          seen.push(request.localImage);
          return driver.pullImage(request);
        },
      }),
    );
    for (const id of ['t1', 't2']) {
      await host.engine.accept(task(id, 'web'));
      await host.until(() => host.engine.records().every(({ wasRunning }) => wasRunning));
    }
    expect(seen).toEqual(uses);
  });

  test('[LIF-12] a pull that may succeed later is tried five times, with growing pauses', async () => {
    const host = oneHost({}, (driver) =>
      withMethods(driver, {
        pullImage: () => Promise.reject(new RuntimeError('pull', 'unexpected EOF', { isTemporary: true })),
      }),
    );
    await host.engine.accept(task('t1', 'web'));
    await host.until(() => recordOf(host).isStopped);
    const times = deedsOf(host, 'pull').map(([afterMs]) => Number(afterMs));
    expect(times).toHaveLength(5);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    [1_100, 2_200, 4_400, 5_000].forEach((ms, index) => {
      expect(Math.abs((pauses[index] ?? 0) - ms)).toBeLessThanOrEqual(ms * 0.2 + 1);
    });
    expect(containerOf(host, 'app').reason).toBe('CannotPullContainerError: unexpected EOF');
  });

  test('[LIF-23] an image that was removed between pull and start is pulled again', async () => {
    let isGone = true;
    const host = oneHost({}, (driver) =>
      withMethods(driver, {
        createContainer: (spec) => {
          const wasGone = isGone;
          isGone = false;
          return wasGone
            ? Promise.reject(new RuntimeError('create', 'No such image: web', { isImageMissing: true }))
            : driver.createContainer(spec);
        },
      }),
    );
    await host.engine.accept(task('t1', 'web'));
    await host.until(() => recordOf(host).wasRunning);
    expect(deedsOf(host, 'pull')).toHaveLength(2);
  });
});

test('[LIF-14] a task that is stopped before its first pull says so', async () => {
  const host = oneHost();
  const accepted = host.engine.accept(aHostTask([{ name: 'app', image: 'web' }]));
  await host.engine.stop(ARN);
  await accepted;
  await host.until(() => recordOf(host).isStopped);
  expect(containerOf(host, 'app').reason).toBe(
    `TaskStoppedBeforePullBeginError: Task stopped before image pull could begin for task: ${ARN}`,
  );
  expect(deedsOf(host, 'pull')).toEqual([]);
});

describe('an engine that does not answer', () => {
  const task = aHostTask([{ name: 'app', image: 'web' }]);

  test('[LIF-14] a container that is not made in four minutes is given up', async () => {
    const host = oneHost({}, (driver) =>
      withMethods(driver, { createContainer: () => new Promise<never>(() => {}) }),
    );
    await host.engine.accept(task);
    await host.until(() => recordOf(host).isStopped);
    expect(recordOf(host).stoppedAtMs).toBe(START + 240 * SECOND);
    expect(containerOf(host, 'app').reason).toBe(
      'DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s',
    );
  });

  test('[LIF-14] one that starts after it was given up is stopped', async () => {
    const host = oneHost({}, (driver, clock) =>
      withMethods(driver, {
        startContainer: async (runtimeId) => {
          await pause(clock, 200 * SECOND);
          await driver.startContainer(runtimeId);
        },
      }),
    );
    await host.engine.accept(task);
    await host.until(() => containerOf(host, 'app').phase === 'STOPPED');
    expect(containerOf(host, 'app').reason).toBe(
      'DockerTimeoutError: Could not transition to running; timed out after waiting 3m0s',
    );
    await host.pass(60 * SECOND);
    expect(await host.driver.listContainers()).toMatchObject([{ status: 'exited' }]);
  });
});
