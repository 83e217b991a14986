import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plusMs } from '../../lib/clock.ts';
import { type DaemonPlace, type DaemonTask, type DaemonView, isReady } from './daemon-view.ts';
import { drainBatch, planHosts } from './plan-hosts.ts';
import { aDaemon, aDaemonDeployment, aDaemonTask, aDaemonView, NOW, wantedHosts } from './testing.ts';

const outdated = (instanceArn: string, task: Partial<DaemonTask> = {}): DaemonTask =>
  aDaemonTask({ instanceArn, daemonRevisionArn: 'old', ...task });
const stopped = (view: DaemonView): readonly string[] => planHosts(view).stops.map(({ taskArn }) => taskArn);

describe('planHosts', () => {
  test('[MDM-20] starts one task on each wanted host that has none', () => {
    const tasks = [
      aDaemonTask({ instanceArn: 'h2' }),
      aDaemonTask({ instanceArn: 'h3', desiredStatus: 'STOPPED' }),
    ];
    const plan = planHosts(aDaemonView({ places: wantedHosts('h1', 'h2', 'h3'), tasks }));
    expect(plan).toMatchObject({ starts: ['h1'], stops: [], isSettled: false });
  });

  test('[MDM-20] stops all but the oldest of several', () => {
    const second = aDaemonTask({ taskArn: 'second', createdAt: NOW });
    expect(stopped(aDaemonView({ tasks: [second, aDaemonTask()] }))).toEqual(['second']);
  });

  test.each<[DaemonPlace['state'], readonly string[]]>([
    ['held', []],
    ['leaving', ['task-h1-new']],
  ])('[MDM-21] a host that is %s', (state, stops) => {
    const places: readonly DaemonPlace[] = [
      { instanceArn: 'h1', state },
      { instanceArn: 'h2', state },
    ];
    const plan = planHosts(aDaemonView({ places, tasks: [aDaemonTask()] }));
    expect(plan.starts).toEqual([]);
    expect(plan.stops.map(({ taskArn }) => taskArn)).toEqual(stops);
  });

  test('[MDM-21] a task on a host that is none of its providers goes', () => {
    expect(stopped(aDaemonView({ places: [], tasks: [aDaemonTask()] }))).toEqual(['task-h1-new']);
  });

  test.each([
    { hosts: 4, percent: 25, batch: 1 },
    { hosts: 3, percent: 25, batch: 1 },
    { hosts: 10, percent: 39, batch: 3 },
    { hosts: 10, percent: 100, batch: 10 },
    { hosts: 0, percent: 50, batch: 1 },
  ])('[MDM-23] $percent % of $hosts hosts are $batch', ({ hosts, percent, batch }) => {
    expect(drainBatch(hosts, percent)).toBe(batch);
  });

  test('[MDM-23] replaces a batch, and no more while its hosts are without', () => {
    const names = ['a', 'b', 'c', 'd'];
    const view = aDaemonView({ places: wantedHosts(...names), tasks: names.map((name) => outdated(name)) });
    expect(stopped(view)).toEqual(['task-a-old']);
    const [, ...others] = view.tasks;
    expect(stopped({ ...view, tasks: others })).toEqual([]);
    const starting = aDaemonTask({ instanceArn: 'a', lastStatus: 'PENDING' });
    expect(stopped({ ...view, tasks: [starting, ...others] })).toEqual([]);
    expect(stopped({ ...view, tasks: [aDaemonTask({ instanceArn: 'a' }), ...others] })).toEqual([
      'task-b-old',
    ]);
  });

  test('[MDM-23] what does not work of another revision makes way at once', () => {
    const tasks = [outdated('a', { lastStatus: 'PENDING' }), outdated('b', { lastStatus: 'PENDING' })];
    expect(stopped(aDaemonView({ places: wantedHosts('a', 'b'), tasks }))).toHaveLength(2);
  });

  test('[MDM-24] an unhealthy task is stopped, and started anew when it has gone', () => {
    const plan = planHosts(aDaemonView({ tasks: [aDaemonTask({ healthStatus: 'UNHEALTHY' })] }));
    expect(plan.stops).toEqual([{ taskArn: 'task-h1-new', reason: 'Task failed container health checks' }]);
    expect(plan.starts).toEqual([]);
  });

  test('[MDM-24] a task with a health check counts once it is HEALTHY', () => {
    const settledWith = (healthStatus: 'UNKNOWN' | 'HEALTHY') =>
      planHosts(
        aDaemonView({
          tasks: [
            aDaemonTask({ healthStatus, containers: [{ image: 'agent', essential: true, healthStatus }] }),
          ],
        }),
      ).isSettled;
    expect([settledWith('UNKNOWN'), settledWith('HEALTHY')]).toEqual([false, true]);
  });

  test('[MDM-25] waits on a host for the pause after a failed start', () => {
    const retryAt = plusMs(NOW, 5000);
    const setback = { failureType: 'TASK_CREATION_FAILED', reason: '', failureCount: 3, at: NOW } as const;
    const view = aDaemonView({
      places: wantedHosts('h1', 'h2'),
      daemon: aDaemon({ setbacks: { h1: { ...setback, retryAt } } }),
    });
    expect(planHosts(view)).toMatchObject({ starts: ['h2'], retryAt });
    expect(planHosts({ ...view, now: retryAt }).starts).toEqual(['h1', 'h2']);
  });

  test('[MDM-29] a deletion stops a batch at a time, and what cannot be asked at once', () => {
    const places: readonly DaemonPlace[] = [
      ...wantedHosts('a', 'b', 'c', 'd'),
      { instanceArn: 'e', state: 'held' },
    ];
    const tasks = ['a', 'b', 'c', 'd', 'e'].map((instanceArn) => aDaemonTask({ instanceArn }));
    const view = aDaemonView({ daemon: aDaemon({ status: 'DELETE_IN_PROGRESS' }), places, tasks });
    expect(stopped(view)).toEqual(['task-a-new', 'task-e-new']);
    const [first, ...rest] = tasks;
    const going = {
      ...view,
      tasks: [{ ...(first ?? aDaemonTask()), desiredStatus: 'STOPPED' as const }, ...rest],
    };
    expect(stopped(going)).toEqual(['task-e-new']);
    expect(planHosts({ ...view, tasks: [] }).isSettled).toBe(true);
  });
});

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const anyTask = fc.record({
  instanceArn: fc.constantFrom(...names),
  daemonRevisionArn: fc.constantFrom('old', 'new'),
  lastStatus: fc.constantFrom('PENDING' as const, 'RUNNING' as const, 'STOPPING' as const),
  desiredStatus: fc.constantFrom('RUNNING' as const, 'RUNNING' as const, 'STOPPED' as const),
  healthStatus: fc.constantFrom('UNKNOWN' as const, 'UNHEALTHY' as const),
});
const anyView = fc
  .record({
    places: fc.uniqueArray(
      fc.record({
        instanceArn: fc.constantFrom(...names),
        state: fc.constantFrom('wanted' as const, 'wanted' as const, 'held' as const, 'leaving' as const),
      }),
      { selector: ({ instanceArn }) => instanceArn },
    ),
    tasks: fc.array(anyTask, { maxLength: 12 }),
    drainPercent: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ places, tasks, drainPercent }) =>
    aDaemonView({
      places,
      tasks: tasks.map((task, at) => aDaemonTask({ ...task, taskArn: `task-${at}` })),
      deployment: aDaemonDeployment({ deploymentConfiguration: { drainPercent } }),
    }),
  );

const wantedOf = ({ places }: DaemonView): readonly DaemonPlace[] =>
  places.filter(({ state }) => state === 'wanted');
const served = (view: DaemonView): number =>
  wantedOf(view).filter(({ instanceArn }) =>
    view.tasks.some((task) => task.instanceArn === instanceArn && isReady(task)),
  ).length;
const afterStops = (view: DaemonView): DaemonView => {
  const stops = new Set(stopped(view));
  return { ...view, tasks: view.tasks.filter(({ taskArn }) => !stops.has(taskArn)) };
};

describe('planHosts, whatever there is', () => {
  test('[MDM-23] leaves no more than a batch of hosts without by its own act', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const wanted = wantedOf(view).length;
        const { drainPercent = 0 } = view.deployment.deploymentConfiguration;
        const floor = Math.min(served(view), wanted - drainBatch(wanted, drainPercent));
        return served(afterStops(view)) >= floor;
      }),
      { numRuns: 1000 },
    );
  });

  test('[MDM-23] uses its batch while there is something to replace', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const wanted = wantedOf(view);
        const { drainPercent = 0 } = view.deployment.deploymentConfiguration;
        const left = afterStops(view);
        const isOutdated = wanted.some(({ instanceArn }) =>
          left.tasks.some(
            (task) => task.instanceArn === instanceArn && isReady(task) && task.daemonRevisionArn === 'old',
          ),
        );
        return !isOutdated || wanted.length - served(left) >= drainBatch(wanted.length, drainPercent);
      }),
    );
  });

  test('[MDM-20] never gives a host two, and starts only on free wanted hosts', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const { starts } = planHosts(view);
        const isFree = (name: string) => !view.tasks.some(({ instanceArn }) => instanceArn === name);
        const isWanted = (name: string) => wantedOf(view).some(({ instanceArn }) => instanceArn === name);
        const staying = afterStops(view).tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
        const onWanted = staying.map(({ instanceArn = '' }) => instanceArn).filter(isWanted);
        expect(new Set(starts).size).toBe(starts.length);
        expect(starts.every((name) => isFree(name) && isWanted(name))).toBe(true);
        expect(new Set(onWanted).size).toBe(onWanted.length);
      }),
    );
  });

  test('the order of hosts and tasks does not matter', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const turned = { ...view, places: view.places.toReversed(), tasks: view.tasks.toReversed() };
        const sorted = (each: DaemonView) => ({
          ...planHosts(each),
          stops: planHosts(each).stops.toSorted((one, other) => (one.taskArn < other.taskArn ? -1 : 1)),
        });
        expect(sorted(turned)).toEqual(sorted(view));
      }),
    );
  });
});
