import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment, Service } from '../../domain/service.ts';
import { instant } from '../../lib/clock.ts';
import { deploymentCeiling, deploymentFloor } from './bounds.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { classifyTask, isServing } from './task-class.ts';
import {
  aDeployment,
  applyAll,
  aService,
  aServiceHost,
  aServiceTask,
  aView,
  containersWith,
  NOW,
} from './testing.ts';

const RUNS = { numRuns: 600 };

describe('reconcileService', () => {
  test('[DEP-2] never starts more tasks than the ceiling allows, stopping ones counted', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const started = startsOf(reconcileService(view)).reduce((sum, start) => sum + start.count, 0);
        if (started > 0) expect(view.tasks.length + started).toBeLessThanOrEqual(ceilingOf(view));
      }),
      RUNS,
    );
  });

  test('[DEP-2] uses the whole ceiling when tasks are missing and nothing holds them back', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const [primary] = view.service.deployments;
        const decisions = reconcileService(view);
        if (primary === undefined || view.service.status !== 'ACTIVE' || isHeldBack(view, decisions)) return;
        const mine = view.tasks.filter((task) => task.deploymentId === primary.id);
        const useful = mine.filter((task) =>
          ['pending', 'starting', 'healthy'].includes(classifyTask(view, task)),
        ).length;
        const started = startsOf(decisions).find((start) => start.deploymentId === primary.id)?.count ?? 0;
        const room = ceilingOf(view) - view.tasks.length;
        expect(started).toBe(Math.max(0, Math.min(view.service.desiredCount - useful, room, 100)));
      }),
      RUNS,
    );
  });

  test('[DEP-1] never stops a healthy task that the floor still needs', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const stopped = stoppedBy(view, reconcileService(view));
        const before = view.tasks.filter((task) => isServing(view, task)).length;
        const lost = stopped.filter((task) => isServing(view, task)).length;
        if (lost > 0) expect(before - lost).toBeGreaterThanOrEqual(floorOf(view));
      }),
      RUNS,
    );
  });

  test('[DEP-1] goes down to the floor when only that makes room for a new deployment', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 100 }),
        (desiredCount, minimum) => {
          const service = aService({
            desiredCount,
            deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: minimum },
            deployments: [
              aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }),
              aDeployment({ status: 'ACTIVE', desiredCount }),
            ],
          });
          const tasks = Array.from({ length: desiredCount }, (_, index) => aServiceTask(`${index}`));
          const view = aView({ service, tasks });
          const left = desiredCount - stoppedBy(view, reconcileService(view)).length;
          expect(left).toBe(deploymentFloor(desiredCount, minimum));
        },
      ),
      RUNS,
    );
  });

  test('[DEP-5] stops no healthy task that is still wanted while there is room to start', () => {
    fc.assert(
      fc.property(anyView.map(asJustSuperseded), (view) => {
        const decisions = reconcileService(view);
        const started = startsOf(decisions).reduce((sum, start) => sum + start.count, 0);
        const isFull = view.tasks.length + started >= ceilingOf(view);
        if (isFull || view.service.launchNotice !== undefined) return;
        const before = view.tasks.filter(
          (task) => classifyTask(view, task) === 'healthy' && isKnown(view, task),
        );
        const lost = stoppedBy(view, decisions).filter((task) => classifyTask(view, task) === 'healthy');
        const left = before.length - lost.length;
        expect(left).toBeGreaterThanOrEqual(Math.min(before.length, view.service.desiredCount));
      }),
      RUNS,
    );
  });

  test('[DEP-5] stops exactly as many old tasks as healthy new ones have replaced', () => {
    const counts = fc.record({
      desired: fc.integer({ min: 1, max: 9 }),
      fresh: fc.nat(9),
      floor: fc.nat(100),
    });
    fc.assert(
      fc.property(counts, ({ desired, fresh, floor }) => {
        const healthy = Math.min(desired, fresh);
        const service = aService({
          desiredCount: desired,
          deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: floor },
          deployments: [
            aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }),
            aDeployment({ status: 'ACTIVE', desiredCount: desired }),
          ],
        });
        const tasks = Array.from({ length: desired }, (_, index) => [
          aServiceTask(`old${index}`),
          aServiceTask(`new${index}`, {
            deploymentId: 'ecs-svc/2',
            ...(index < healthy ? {} : { lastStatus: 'PENDING', startedAt: undefined }),
          }),
        ]).flat();
        const view = aView({ service, tasks });
        expect(stoppedBy(view, reconcileService(view))).toHaveLength(healthy);
      }),
      RUNS,
    );
  });

  test('does not depend on the order of the tasks', () => {
    fc.assert(
      fc.property(anyView, fc.infiniteStream(fc.nat()), (view, draws) => {
        const shuffled = {
          ...view,
          tasks: shuffle(view.tasks, draws),
          endedTasks: shuffle(view.endedTasks, draws),
        };
        expect(reconcileService(shuffled)).toEqual(reconcileService(view));
      }),
      RUNS,
    );
  });

  test('decides nothing more once its decisions were applied', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        let current = view;
        for (let pass = 0; pass < 4; pass += 1) current = applyAll(current, reconcileService(current));
        expect(reconcileService(current).filter((decision) => decision.kind !== 'wake-at')).toEqual([]);
      }),
      RUNS,
    );
  });

  test('asks to be woken only for a later instant, once and last', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const decisions = reconcileService(view);
        const wakes = decisions.filter((decision) => decision.kind === 'wake-at');
        expect(wakes.length).toBeLessThanOrEqual(1);
        for (const wake of wakes) expect(wake.at).toBeGreaterThan(view.now);
        if (wakes.length > 0) expect(decisions.at(-1)?.kind).toBe('wake-at');
      }),
      RUNS,
    );
  });

  test('[DEP-10] a failed deployment starts nothing', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const decisions = reconcileService(view);
        const after = applyAll(view, decisions).service.deployments;
        for (const start of startsOf(decisions)) {
          expect(after.find((deployment) => deployment.id === start.deploymentId)?.rolloutState).not.toBe(
            'FAILED',
          );
        }
      }),
      RUNS,
    );
  });
});

const anyRollout = fc.constantFrom<Deployment['rolloutState']>('IN_PROGRESS', 'COMPLETED', 'FAILED');

const anyDeployments = fc
  .array(
    fc.record({
      rolloutState: anyRollout,
      failedTasks: fc.nat(5),
      desiredCount: fc.option(fc.nat(6), { nil: undefined }),
      waitSeconds: fc.constantFrom(0, 0, 0, 5),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((rows) =>
    rows.map(({ waitSeconds, desiredCount, ...row }, age) =>
      aDeployment({
        ...row,
        id: `ecs-svc/${rows.length - age}`,
        status: age === 0 ? 'PRIMARY' : 'ACTIVE',
        desiredCount: age === 0 ? undefined : desiredCount,
        nextLaunchAt: waitSeconds === 0 ? undefined : instant(NOW + waitSeconds * 1000),
      }),
    ),
  );

const anyTask = fc.record({
  deploymentId: fc.constantFrom('ecs-svc/1', 'ecs-svc/2', 'ecs-svc/3'),
  lastStatus: fc.oneof(
    { weight: 8, arbitrary: fc.constant<ServiceTask['lastStatus']>('RUNNING') },
    { weight: 2, arbitrary: fc.constantFrom<ServiceTask['lastStatus']>('PROVISIONING', 'PENDING') },
    { weight: 1, arbitrary: fc.constant<ServiceTask['lastStatus']>('STOPPING') },
  ),
  desiredStatus: fc.oneof(
    { weight: 12, arbitrary: fc.constant<ServiceTask['desiredStatus']>('RUNNING') },
    { weight: 1, arbitrary: fc.constant<ServiceTask['desiredStatus']>('STOPPED') },
  ),
  health: fc.constantFrom(undefined, undefined, 'HEALTHY', 'UNHEALTHY', 'UNKNOWN'),
  startedAgoMs: fc.constantFrom(0, 10_000, 39_999, 40_000, 90_000),
  zone: fc.constantFrom('a', 'b', 'c'),
  counted: fc.boolean(),
});

const anyTasks = (prefix: string, maxLength: number) =>
  fc.array(anyTask, { maxLength }).map((rows) =>
    rows.map(({ health, startedAgoMs, zone, counted, ...row }, index) =>
      aServiceTask(`${prefix}${index}`, {
        ...row,
        containers: containersWith(health),
        healthStatus: health ?? 'UNKNOWN',
        startedAt: row.lastStatus === 'RUNNING' ? instant(NOW - startedAgoMs) : undefined,
        availabilityZone: zone,
        instanceArn: `host-${zone}${index % 2}`,
        countedAs: counted ? 'HEALTHY' : undefined,
      }),
    ),
  );

/** Any state of a service, also ones that no history would lead to. */
const anyView: fc.Arbitrary<ServiceView> = fc
  .record({
    desiredCount: fc.nat(7),
    maximumPercent: fc.integer({ min: 100, max: 250 }),
    minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
    status: fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, 'ACTIVE' as const, 'DRAINING' as const),
    breaker: fc.record({ enable: fc.boolean(), rollback: fc.boolean(), resetOnHealthyTask: fc.boolean() }),
    hasCompleted: fc.boolean(),
    isForRoom: fc.constantFrom(true, false, false),
    steadyHoursAgo: fc.constantFrom(undefined, 1, 6, 7),
    strategies: fc.constantFrom<Service['placementStrategy']>(
      [],
      [],
      [{ type: 'binpack', field: 'cpu' }],
      [{ type: 'spread', field: 'attribute:rack' }, { type: 'random' }],
    ),
    draining: fc.subarray(['host-a0', 'host-a1', 'host-b0', 'host-c1'], { maxLength: 2 }),
    deployments: anyDeployments,
    tasks: anyTasks('t', 14),
    ended: anyTasks('e', 4),
  })
  .map((draw) =>
    aView({
      service: aService({
        status: draw.status,
        desiredCount: draw.status === 'ACTIVE' ? draw.desiredCount : 0,
        deploymentConfiguration: {
          maximumPercent: draw.maximumPercent,
          minimumHealthyPercent: draw.minimumHealthyPercent,
          deploymentCircuitBreaker: draw.breaker,
        },
        deployments: draw.deployments,
        steadyAt:
          draw.steadyHoursAgo === undefined ? undefined : instant(NOW - draw.steadyHoursAgo * 3_600_000),
        placementStrategy: draw.strategies,
        lastCompleted: draw.hasCompleted ? aDeployment().spec : undefined,
        launchNotice: draw.isForRoom ? { message: '', writtenAt: NOW, cause: 'room' } : undefined,
      }),
      tasks: draw.tasks,
      hosts: new Map(draw.draining.map((name) => [name, aServiceHost({ status: 'DRAINING' })])),
      endedTasks: draw.ended.map((task) => ({
        ...task,
        lastStatus: 'STOPPED',
        desiredStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        stoppedAt: NOW,
      })),
    }),
  );

/** Nothing has been given up yet, and nothing has failed: all that runs is still wanted. */
function asJustSuperseded(view: ServiceView): ServiceView {
  const deployments = view.service.deployments.map((deployment) => ({
    ...deployment,
    rolloutState: 'IN_PROGRESS' as const,
    failedTasks: 0,
    desiredCount: undefined,
  }));
  return { ...view, endedTasks: [], service: { ...view.service, launchNotice: undefined, deployments } };
}

const startsOf = (decisions: readonly ServiceDecision[]) =>
  decisions.filter((decision) => decision.kind === 'start-tasks');

function stoppedBy(view: ServiceView, decisions: readonly ServiceDecision[]): readonly ServiceTask[] {
  const arns = new Set(
    decisions.filter((decision) => decision.kind === 'stop-task').map((decision) => decision.taskArn),
  );
  return view.tasks.filter((task) => arns.has(task.taskArn) && isKnown(view, task));
}

/** Tasks of deployments that the service does not have are not its own: they are cleared away at once. */
const isKnown = (view: ServiceView, task: ServiceTask): boolean =>
  view.service.deployments.some((deployment) => deployment.id === task.deploymentId);

const ceilingOf = ({ service }: ServiceView): number =>
  deploymentCeiling(service.desiredCount, service.deploymentConfiguration.maximumPercent ?? 200);

const floorOf = ({ service }: ServiceView): number =>
  deploymentFloor(service.desiredCount, service.deploymentConfiguration.minimumHealthyPercent ?? 100);

/** The PRIMARY deployment has failed, fails now, or waits for its back-off. */
function isHeldBack(view: ServiceView, decisions: readonly ServiceDecision[]): boolean {
  const [primary] = applyAll(view, decisions).service.deployments;
  const isWaiting = primary?.nextLaunchAt !== undefined && primary.nextLaunchAt > view.now;
  return isWaiting || primary?.rolloutState === 'FAILED' || primary?.id !== view.service.deployments[0]?.id;
}

function shuffle<Row>(rows: readonly Row[], draws: Iterable<number>): readonly Row[] {
  const iterator = draws[Symbol.iterator]();
  return rows
    .map((row) => ({ row, order: iterator.next().value ?? 0 }))
    .sort((one, other) => one.order - other.order)
    .map(({ row }) => row);
}
