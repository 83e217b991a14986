import { describe, expect, test } from 'vitest';
import { aHostTask, type OneHost, oneHost } from './one-host.ts';

const ARN = 'arn:aws:ecs:us-east-1:1:task/lab/t1';
const SECOND = 1_000;

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
