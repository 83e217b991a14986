import { describe, expect, test } from 'vitest';
import { instant, plusMs } from '../../lib/clock.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import {
  aDeployment,
  applyAll,
  aService,
  aServiceTask,
  aView,
  containersWith,
  deploy,
  NOW,
} from './testing.ts';

const PULL_FAILED = {
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  stopCode: 'TaskFailedToStart',
  startedAt: undefined,
  countedAs: undefined,
} as const;

describe('reconcileService', () => {
  test('starts what a new service wants', () => {
    const service = aService({
      desiredCount: 3,
      deployments: [aDeployment({ rolloutState: 'IN_PROGRESS' })],
    });
    expect(reconcileService(aView({ service }))).toEqual([
      { kind: 'start-tasks', deploymentId: 'ecs-svc/1', count: 3, unhealthyCount: 0 },
    ]);
  });

  test('[DEP-3] a task without a health check counts as healthy 40 seconds after RUNNING', () => {
    const service = aService({ deployments: [aDeployment({ rolloutState: 'IN_PROGRESS' })] });
    const task = aServiceTask('a', { startedAt: plusMs(NOW, -39_999), countedAs: undefined });
    expect(reconcileService(aView({ service, tasks: [task] }))).toEqual([
      { kind: 'wake-at', at: plusMs(NOW, 1) },
    ]);
    const decisions = reconcileService(aView({ service, tasks: [task], now: plusMs(NOW, 1) }));
    expect(decisions[0]).toEqual({ kind: 'count-task', taskArn: task.taskArn, as: 'HEALTHY' });
    expect(eventsOf(decisions)).toEqual([
      '(deployment ecs-svc/1) deployment completed.',
      'has reached a steady state.',
    ]);
  });

  test('[DEP-3] a task with a health check counts by its word, and not before', () => {
    const service = aService({ deployments: [aDeployment({ rolloutState: 'IN_PROGRESS' })] });
    const task = aServiceTask('a', { containers: containersWith('UNKNOWN'), countedAs: undefined });
    expect(reconcileService(aView({ service, tasks: [task] }))).toEqual([]);
    const healthy = { ...task, containers: containersWith('HEALTHY'), healthStatus: 'HEALTHY' } as const;
    expect(eventsOf(reconcileService(aView({ service, tasks: [healthy] })))).toContain(
      'has reached a steady state.',
    );
  });

  test('[SVC-21] says again after six hours that it is steady, and not before', () => {
    const steadyAt = plusMs(NOW, -6 * 3_600_000 + 1);
    const view = aView({ service: aService({ steadyAt }), tasks: [aServiceTask('a')] });
    expect(reconcileService(view)).toEqual([{ kind: 'wake-at', at: plusMs(NOW, 1) }]);
    expect(eventsOf(reconcileService({ ...view, now: plusMs(NOW, 1) }))).toEqual([
      'has reached a steady state.',
    ]);
  });

  test('[DEP-5] scales in: pending tasks first, then from the fullest zone', () => {
    const tasks = [
      aServiceTask('a', { availabilityZone: 'z1', instanceArn: 'h1' }),
      aServiceTask('b', { availabilityZone: 'z2', instanceArn: 'h2' }),
      aServiceTask('c', { availabilityZone: 'z2', instanceArn: 'h3' }),
      aServiceTask('d', {
        availabilityZone: 'z1',
        instanceArn: 'h1',
        lastStatus: 'PENDING',
        startedAt: undefined,
      }),
    ];
    const decisions = reconcileService(aView({ service: aService({ desiredCount: 2 }), tasks }));
    expect(stopsOf(decisions)).toEqual(['d', 'b']);
    expect(eventsOf(decisions)).toEqual([
      'stopped 1 pending tasks.',
      'has stopped 1 running tasks: (task b).',
    ]);
  });

  test('[SVC-11] a deleted service stops its tasks and is INACTIVE once they are STOPPING', () => {
    const service = aService({ status: 'DRAINING', desiredCount: 0 });
    const view = aView({ service, tasks: [aServiceTask('a')] });
    const decisions = reconcileService(view);
    expect(stopsOf(decisions)).toEqual(['a']);
    const stopping = applyAll(view, decisions);
    expect(reconcileService(stopping)).toEqual([]);
    const tasks = stopping.tasks.map((task) => ({ ...task, lastStatus: 'STOPPING' }) as const);
    expect(reconcileService({ ...stopping, tasks })).toEqual([
      { kind: 'change-service', change: { status: 'INACTIVE', inactiveAt: NOW } },
    ]);
  });

  test('[SVC-12] stops a live task whose deployment the service does not have', () => {
    const left = aServiceTask('left', { deploymentId: 'ecs-svc/gone' });
    const going = aServiceTask('going', { deploymentId: 'ecs-svc/gone', desiredStatus: 'STOPPED' });
    const decisions = reconcileService(aView({ tasks: [aServiceTask('own'), left, going] }));
    const stopped = decisions.flatMap((each) => (each.kind === 'stop-task' ? [each.taskArn] : []));
    expect(stopped).toEqual([left.taskArn]);
  });

  test('[DEP-4] starts the replacement of an unhealthy task first, and stops that when the new one is healthy', () => {
    const sick = aServiceTask('sick', { containers: containersWith('UNHEALTHY'), healthStatus: 'UNHEALTHY' });
    const view = aView({ tasks: [sick] });
    expect(reconcileService(view)).toEqual([
      { kind: 'start-tasks', deploymentId: 'ecs-svc/1', count: 1, unhealthyCount: 1 },
    ]);
    const both = {
      ...view,
      tasks: [sick, aServiceTask('well', { containers: containersWith('HEALTHY'), healthStatus: 'HEALTHY' })],
    };
    const decisions = reconcileService(both);
    expect(stopsOf(decisions)).toEqual(['sick']);
    expect(decisions).toContainEqual({
      kind: 'stop-task',
      taskArn: sick.taskArn,
      reason: 'Task failed container health checks',
    });
    expect(eventsOf(decisions)).toEqual([
      '(task sick) failed container health checks.',
      'has stopped 1 running tasks: (task sick).',
    ]);
  });

  test('[DEP-4] stops one unhealthy task at a time where the ceiling leaves no room', () => {
    const service = aService({
      desiredCount: 2,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 50 },
    });
    const tasks = ['a', 'b'].map((id) =>
      aServiceTask(id, { containers: containersWith('UNHEALTHY'), healthStatus: 'UNHEALTHY' }),
    );
    const view = aView({ service, tasks });
    const decisions = reconcileService(view);
    expect(stopsOf(decisions)).toHaveLength(1);
    expect(reconcileService(applyAll(view, decisions))).toEqual([]);
  });

  test.each([
    { name: 'whose tags nobody could resolve', resolvesImages: true, imageDigests: {}, state: 'FAILED' },
    { name: 'of digests', resolvesImages: false, imageDigests: {}, state: 'IN_PROGRESS' },
    {
      name: 'that knows its digests',
      resolvesImages: true,
      imageDigests: { app: 'd' },
      state: 'IN_PROGRESS',
    },
  ])(
    '[DEP-26] three failed starts of a large deployment $name',
    ({ resolvesImages, imageDigests, state }) => {
      const service = aService({
        desiredCount: 100,
        deployments: [aDeployment({ imageDigests, rolloutState: 'IN_PROGRESS' })],
        deploymentConfiguration: withBreaker(),
      });
      const ended = (ids: readonly string[]) => ({
        ...aView({ service, endedTasks: ids.map((id) => aServiceTask(id, PULL_FAILED)) }),
        resolvesImages,
      });
      const stateAfter = (ids: readonly string[]): string | undefined =>
        applyAll(ended(ids), reconcileService(ended(ids))).service.deployments[0]?.rolloutState;
      expect(stateAfter(['x', 'y'])).toBe('IN_PROGRESS');
      expect(stateAfter(['x', 'y', 'z'])).toBe(state);
    },
  );

  test('[DEP-9][DEP-10] the third failure of a small service fails the deployment and rolls back once', () => {
    const { spec, revisionArn } = aDeployment();
    const first = aView({
      service: aService({
        lastCompleted: spec,
        lastCompletedRevisionArn: revisionArn,
        deploymentConfiguration: withBreaker(),
      }),
      tasks: [aServiceTask('a')],
    });
    const view = deploy(first, '2');
    const failed = (id: string) => aServiceTask(id, { ...PULL_FAILED, deploymentId: 'ecs-svc/2' });
    const two = applyAll(
      { ...view, endedTasks: [failed('x'), failed('y')] },
      reconcileService({ ...view, endedTasks: [failed('x'), failed('y')] }),
    );
    expect(two.service.deployments[0]).toMatchObject({ rolloutState: 'IN_PROGRESS', failedTasks: 2 });
    const third = { ...two, endedTasks: [failed('z')] };
    const decisions = reconcileService(third);
    expect(eventsOf(decisions)).toEqual(['(deployment ecs-svc/2) deployment failed: tasks failed to start.']);
    expect(decisions.at(-1)).toEqual({ kind: 'roll-back', fromDeploymentId: 'ecs-svc/2', spec, revisionArn });
    const after = applyAll(third, decisions);
    expect(
      after.service.deployments.map((deployment) => [deployment.status, deployment.rolloutState]),
    ).toEqual([
      ['PRIMARY', 'IN_PROGRESS'],
      ['ACTIVE', 'FAILED'],
      ['ACTIVE', 'COMPLETED'],
    ]);
  });

  test('[DEP-10] a rollback that fails too starts nothing more and is not rolled back', () => {
    const rollback = aDeployment({
      id: 'ecs-svc/3',
      rolloutState: 'IN_PROGRESS',
      rollbackOf: 'ecs-svc/2',
      failedTasks: 3,
    });
    const service = aService({
      deployments: [rollback],
      lastCompleted: rollback.spec,
      deploymentConfiguration: withBreaker(),
    });
    const decisions = reconcileService(aView({ service }));
    expect(decisions.map((decision) => decision.kind)).toEqual(['change-deployment', 'event']);
  });

  test('[DEP-8] a start that failed is tried again after a growing pause, and users hear of it once', () => {
    let view: ServiceView = aView();
    const events: string[] = [];
    const pauses: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const ended = aServiceTask(`f${round}`, PULL_FAILED);
      const decisions = reconcileService({ ...view, endedTasks: [ended] });
      events.push(...eventsOf(decisions));
      const wake = decisions.find((decision) => decision.kind === 'wake-at');
      pauses.push((wake?.at ?? view.now) - view.now);
      view = {
        ...applyAll({ ...view, endedTasks: [ended] }, decisions),
        tasks: [],
        now: wake?.at ?? view.now,
      };
    }
    expect(pauses).toEqual([1_000, 2_000, 5_000, 10_000, 20_000, 40_000]);
    expect(events).toEqual([
      'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    ]);
  });

  test('[DEP-6] an old task that dies during a deployment is replaced by its own kind', () => {
    const service = aService({
      desiredCount: 2,
      deployments: [
        aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS', nextLaunchAt: plusMs(NOW, 5_000) }),
        aDeployment({ status: 'ACTIVE', desiredCount: 2 }),
      ],
    });
    expect(reconcileService(aView({ service, tasks: [aServiceTask('a')] }))[0]).toEqual({
      kind: 'start-tasks',
      deploymentId: 'ecs-svc/1',
      count: 1,
      unhealthyCount: 0,
    });
  });

  test('[DEP-13] says once when the percentages allow neither a start nor a stop', () => {
    const service = aService({
      desiredCount: 3,
      deploymentConfiguration: { maximumPercent: 125, minimumHealthyPercent: 100 },
      deployments: [
        aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }),
        aDeployment({ status: 'ACTIVE', desiredCount: 3 }),
      ],
    });
    const view = aView({ service, tasks: ['a', 'b', 'c'].map((id) => aServiceTask(id)) });
    const decisions = reconcileService(view);
    expect(eventsOf(decisions)).toEqual([
      'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    ]);
    expect(reconcileService(applyAll(view, decisions))).toEqual([]);
  });

  test('[DEP-11] remembers the digests that the first task found', () => {
    const [container] = containersWith(undefined);
    const containers = container === undefined ? [] : [{ ...container, imageDigest: 'sha256:1' }];
    const view = aView({ tasks: [aServiceTask('a', { containers })] });
    expect(applyAll(view, reconcileService(view)).service.deployments[0]?.imageDigests).toEqual({
      'web:1': 'sha256:1',
    });
  });

  test('rolls from one deployment to the next and names each step', () => {
    let view = deploy(
      aView({
        service: aService({ desiredCount: 2, steadyAt: instant(1) }),
        tasks: [aServiceTask('a'), aServiceTask('b')],
      }),
      '2',
    );
    const events: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const decisions = reconcileService(view);
      events.push(...eventsOf(decisions));
      view = oneMinuteLater(applyAll(view, decisions));
    }
    expect(events).toEqual([
      'has stopped 2 running tasks: (task a) (task b).',
      '(deployment ecs-svc/2) deployment completed.',
      'has reached a steady state.',
    ]);
    expect(view.service.deployments.map((deployment) => deployment.id)).toEqual(['ecs-svc/2']);
  });
});

const withBreaker = () => ({
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  deploymentCircuitBreaker: { enable: true, rollback: true },
});

const eventsOf = (decisions: readonly ServiceDecision[]): readonly string[] =>
  decisions.filter((decision) => decision.kind === 'event').map((decision) => decision.message);

const stopsOf = (decisions: readonly ServiceDecision[]): readonly string[] =>
  decisions
    .filter((decision) => decision.kind === 'stop-task')
    .map((decision) => decision.taskArn.slice(decision.taskArn.lastIndexOf('/') + 1));

/** Every host did what it was asked for: pending tasks run, stopping ones are gone. */
function oneMinuteLater(view: ServiceView): ServiceView {
  const tasks = view.tasks
    .filter((task) => task.desiredStatus === 'RUNNING')
    .map((task) =>
      task.lastStatus === 'RUNNING'
        ? task
        : ({ ...task, lastStatus: 'RUNNING', startedAt: view.now } as const),
    );
  return { ...view, tasks, now: plusMs(view.now, 60_000) };
}
