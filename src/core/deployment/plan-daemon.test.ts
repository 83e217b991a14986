import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deploymentFloor } from './bounds.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { DaemonHost, ServiceTask, ServiceView } from './service-view.ts';
import { classifyTask } from './task-class.ts';
import { aDeployment, applyAll, aService, aServiceTask, aView, NOW } from './testing.ts';

describe('planDaemon', () => {
  test('[DMN-1][DMN-2] starts one task on each host and wants as many', () => {
    const view = aDaemon([host('a'), host('b'), host('c', 'held')], []);
    const decisions = reconcileService(view);
    expect(decisions).toContainEqual({ kind: 'change-service', change: { desiredCount: 3 } });
    expect(decisions).toContainEqual(
      expect.objectContaining({ kind: 'start-tasks', count: 2, hostArns: ['a', 'b'] }),
    );
  });

  test.each([
    { minimum: 0, stops: 4 },
    { minimum: 50, stops: 2 },
    { minimum: 51, stops: 1 },
    { minimum: 99, stops: 0 },
  ])('[DMN-3] a deployment stops first, at $minimum % $stops of four', ({ minimum, stops }) => {
    const hosts = ['a', 'b', 'c', 'd'].map((name) => host(name));
    const view = deploying(
      aDaemon(
        hosts,
        hosts.map(({ instanceArn }) => on(instanceArn)),
        minimum,
      ),
    );
    const decisions = reconcileService(view);
    expect(count(decisions, 'stop-task')).toBe(stops);
    expect(count(decisions, 'start-tasks')).toBe(0);
  });

  test('[DMN-3] starts anew where the old task has gone', () => {
    const view = deploying(aDaemon([host('a')], [on('a')]));
    const after = applyAll(view, reconcileService(view));
    expect(count(reconcileService(after), 'start-tasks')).toBe(0);
    expect(reconcileService({ ...after, tasks: [] })).toContainEqual(
      expect.objectContaining({ kind: 'start-tasks', deploymentId: 'ecs-svc/2', hostArns: ['a'] }),
    );
  });

  test('[DMN-4] leaves a host that is to be left, and keeps the task of one that is held', () => {
    const hosts = [host('a', 'leaving', false), host('b', 'held', false)];
    const view = aDaemon(hosts, [on('a'), on('b'), on('gone')]);
    const stopped = reconcileService(view).flatMap((each) =>
      each.kind === 'stop-task' ? [each.taskArn] : [],
    );
    expect(stopped.map((arn) => arn.split('/').at(-1)).sort()).toEqual(['a', 'gone']);
  });

  test('[DMN-2][DMN-3] never two tasks on a host, never below the floor, and at rest in the end', () => {
    fc.assert(
      fc.property(anyDaemon, (given) => {
        let view = given;
        for (let step = 0; step < 12; step += 1) {
          const decisions = reconcileService(view);
          expectSafe(view, decisions);
          view = settled(view, decisions);
        }
        expectDone(view);
      }),
      { numRuns: 200 },
    );
  });
});

function expectSafe(view: ServiceView, decisions: readonly ServiceDecision[]): void {
  const lost = stoppedOf(view, decisions).filter((task) => isServing(view, task)).length;
  const { minimumHealthyPercent: minimum = 0 } = view.service.deploymentConfiguration;
  const desired = view.daemonHosts.filter(({ isActive }) => isActive).length;
  const left = view.tasks.filter((task) => isServing(view, task)).length - lost;
  if (lost > 0) expect(left).toBeGreaterThanOrEqual(deploymentFloor(desired, minimum));
  const arns = decisions.flatMap((each) => (each.kind === 'start-tasks' ? (each.hostArns ?? []) : []));
  expect(view.tasks.filter(({ instanceArn = '' }) => arns.includes(instanceArn))).toEqual([]);
}

function expectDone(view: ServiceView): void {
  for (const { instanceArn, state } of view.daemonHosts) {
    const there = view.tasks.filter((task) => task.instanceArn === instanceArn);
    expect(there.length).toBeLessThanOrEqual(state === 'leaving' ? 0 : 1);
    // A floor may keep the old tasks for as long as hosts are away.
    const isFree = view.service.deploymentConfiguration.minimumHealthyPercent === 0;
    if (state === 'wanted' && isFree) expect(there[0]?.deploymentId).toBe(view.service.deployments[0]?.id);
  }
}

const host = (instanceArn: string, state: DaemonHost['state'] = 'wanted', isActive = true): DaemonHost => ({
  instanceArn,
  state,
  isActive,
});

const on = (instanceArn: string, overrides: Partial<ServiceTask> = {}): ServiceTask =>
  aServiceTask(overrides.taskId ?? instanceArn, { instanceArn, ...overrides });

function aDaemon(
  daemonHosts: readonly DaemonHost[],
  tasks: readonly ServiceTask[],
  minimumHealthyPercent = 0,
): ServiceView {
  const service = aService({
    schedulingStrategy: 'DAEMON',
    desiredCount: 0,
    deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent },
  });
  return aView({ service, tasks, daemonHosts });
}

const deploying = (view: ServiceView): ServiceView => ({
  ...view,
  service: {
    ...view.service,
    deployments: [
      aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }),
      aDeployment({ status: 'ACTIVE' }),
    ],
  },
});

const count = (decisions: readonly ServiceDecision[], kind: ServiceDecision['kind']): number =>
  decisions.filter((decision) => decision.kind === kind).length;

/** Healthy, and not on a host that is to be left. */
const isServing = (view: ServiceView, task: ServiceTask): boolean =>
  classifyTask(view, task) === 'healthy' &&
  view.daemonHosts.some(({ instanceArn, state }) => instanceArn === task.instanceArn && state !== 'leaving');

const stoppedOf = (view: ServiceView, decisions: readonly ServiceDecision[]): readonly ServiceTask[] => {
  const arns = decisions.flatMap((each) => (each.kind === 'stop-task' ? [each.taskArn] : []));
  return view.tasks.filter(({ taskArn }) => arns.includes(taskArn));
};

/** After the decisions: what was stopped has gone, what was started runs well on its host. */
function settled(view: ServiceView, decisions: readonly ServiceDecision[]): ServiceView {
  const started = decisions.flatMap((each) =>
    each.kind === 'start-tasks'
      ? (each.hostArns ?? []).map((arn) => on(arn, { taskId: `new-${arn}`, deploymentId: each.deploymentId }))
      : [],
  );
  const applied = applyAll(
    view,
    decisions.filter(({ kind }) => kind !== 'start-tasks'),
  );
  const left = applied.tasks.filter(
    ({ desiredStatus, lastStatus }) => desiredStatus === 'RUNNING' && lastStatus === 'RUNNING',
  );
  return { ...applied, tasks: [...left, ...started] };
}

/** Hosts of all kinds with up to two tasks of two deployments, in all states. */
const anyDaemon: fc.Arbitrary<ServiceView> = fc
  .record({
    minimum: fc.constantFrom(0, 50, 99),
    hosts: fc.array(
      fc.record({
        state: fc.constantFrom<DaemonHost['state']>('wanted', 'wanted', 'held', 'leaving'),
        tasks: fc.array(
          fc.record({
            deploymentId: fc.constantFrom('ecs-svc/1', 'ecs-svc/2'),
            desiredStatus: fc.constantFrom<ServiceTask['desiredStatus']>('RUNNING', 'RUNNING', 'STOPPED'),
          }),
          { maxLength: 1 },
        ),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ minimum, hosts }) => {
    const daemonHosts = hosts.map(({ state }, index) => host(`h${index}`, state, state !== 'leaving'));
    const tasks = hosts.flatMap((each, index) =>
      each.tasks.map((task, place) => on(`h${index}`, { ...task, taskId: `t${index}-${place}` })),
    );
    const view = aDaemon(daemonHosts, tasks, minimum);
    return { ...deploying(view), now: NOW };
  });
