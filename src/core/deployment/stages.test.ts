import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../domain/service.ts';
import { plusMs } from '../../lib/clock.ts';
import type { DeploymentConfiguration } from '../../shapes/generated/ecs.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import { aDeployment, applyAll, aService, aServiceTask, aView, deploy, NOW } from './testing.ts';

const PAUSE = (stage: 'PRE_SCALE_UP' | 'POST_SCALE_UP', action: 'CONTINUE' | 'ROLLBACK' = 'ROLLBACK') => ({
  lifecycleHooks: [
    {
      targetType: 'PAUSE' as const,
      lifecycleStages: [stage],
      timeoutConfiguration: { timeoutInMinutes: 10, action },
    },
  ],
});
const ALARMS = { alarms: { alarmNames: ['a', 'b'], enable: true, rollback: true } };

describe('stages of a rolling deployment', () => {
  test.each([
    { older: 2, first: ['RECONCILE_SERVICE', 'PRE_SCALE_UP'] },
    { older: 1, first: ['PRE_SCALE_UP'] },
  ])('[DEP-20] come one after the other where $older older deployments are left', ({ older, first }) => {
    const stages = ['RECONCILE_SERVICE', 'PRE_SCALE_UP', 'POST_SCALE_UP'] as const;
    const paused = deployed({
      ...ALARMS,
      lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: [...stages] }],
    });
    let view = older === 2 ? deploy(paused, '3') : paused;
    const primary = view.service.deployments[0]?.id ?? '';
    const seen: (string | undefined)[] = [];
    for (let look = 0; look < 12; look += 1) {
      const after = applyAll(view, reconcileService(view));
      const [deployment] = after.service.deployments;
      if (deployment?.lifecycleStage !== seen.at(-1)) seen.push(deployment?.lifecycleStage);
      // Somebody lets it go on, its tasks run, and those that it replaces are gone.
      const isUp = seen.includes('SCALE_UP');
      const tasks = ['c', 'd'].map((id) => aServiceTask(id, { deploymentId: primary }));
      const left = isUp ? after.service.deployments.slice(0, 1) : after.service.deployments;
      const next = withHooks({ ...after, service: { ...after.service, deployments: left } }, 'SUCCEEDED');
      view = { ...next, ...(isUp ? { tasks, now: plusMs(next.now, 30_000) } : {}) };
    }
    expect(seen.slice(0, -1)).toEqual([...first, 'SCALE_UP', 'POST_SCALE_UP', 'BAKE_TIME']);
    expect(seen.at(-1)).toBe('CLEAN_UP');
    expect(view.service.deployments[0]?.rolloutState).toBe('COMPLETED');
  });

  test('[DEP-20] a rollback, and a deployment that nothing holds, has none', () => {
    const held = deployed(PAUSE('PRE_SCALE_UP'));
    const [primary, ...older] = held.service.deployments;
    const rollback = { ...(primary as Deployment), rollbackOf: 'ecs-svc/9' };
    const views = [
      { ...held, service: { ...held.service, deployments: [rollback, ...older] } },
      deployed({}),
    ];
    for (const view of views) {
      const decisions = reconcileService(view);
      expect(startsOf(decisions)).toBe(2);
      expect(applyAll(view, decisions).service.deployments[0]?.lifecycleStage).toBeUndefined();
    }
  });

  test('[DEP-21] a pause before the start holds every start, until someone lets it go on', () => {
    const view = deployed(PAUSE('PRE_SCALE_UP'));
    const decisions = reconcileService(view);
    expect([kinds(decisions).includes('open-hooks'), startsOf(decisions)]).toEqual([true, 0]);
    const paused = applyAll(view, decisions);
    expect(reconcileService(paused)).toEqual([{ kind: 'wake-at', at: plusMs(NOW, 600_000) }]);
    const later = withHooks(paused, 'SUCCEEDED');
    expect(startsOf(reconcileService(later))).toBe(2);
  });

  test.each(['CONTINUE', 'ROLLBACK'] as const)('[DEP-21] a pause that runs out does %s', (action) => {
    const view = deployed(PAUSE('PRE_SCALE_UP', action));
    const paused = applyAll(view, reconcileService(view));
    const before = { ...paused, now: plusMs(NOW, 599_999) };
    expect(kinds(reconcileService(before))).toEqual(['wake-at']);
    const decisions = reconcileService({ ...paused, now: plusMs(NOW, 600_000) });
    const after = applyAll({ ...paused, now: plusMs(NOW, 600_000) }, decisions).service.deployments;
    if (action === 'CONTINUE') {
      expect(startsOf(decisions)).toBe(2);
      expect(after[0]?.hooks?.[0]?.status).toBe('TIMED_OUT');
    } else {
      expect(eventsOf(decisions)).toEqual([
        '(deployment ecs-svc/2) deployment failed: Service deployment rolled back because PRE_SCALE_UP pause hook timed out.',
      ]);
      expect(after[1]).toMatchObject({ rolloutState: 'FAILED', failure: { cause: 'hook' } });
      expect(after[0]?.rollbackOf).toBe('ecs-svc/2');
    }
  });

  test('[DEP-21] a pause after the start holds the completion', () => {
    const view = replaced(PAUSE('POST_SCALE_UP'));
    const decisions = reconcileService(view);
    expect(kinds(decisions)).toEqual(['change-deployment', 'open-hooks']);
    const paused = applyAll(view, decisions);
    expect(eventsOf(reconcileService(withHooks(paused, 'SUCCEEDED')))).toEqual([
      '(deployment ecs-svc/2) deployment completed.',
      'has reached a steady state.',
    ]);
  });

  test('[DEP-22] an alarm fails the deployment, one that was raised at its start does not', () => {
    const view = deployed(ALARMS);
    const watching = applyAll(view, reconcileService(view));
    expect(watching.service.deployments[0]?.watchesAlarms).toBe(true);
    const raised = reconcileService({ ...watching, raisedAlarms: ['b'] });
    expect(eventsOf(raised)).toEqual(['(deployment ecs-svc/2) deployment failed: alarm detected.']);
    expect(kinds(raised).at(-1)).toBe('roll-back');
    const noisy = { ...view, raisedAlarms: ['a'] };
    const ignoring = applyAll(noisy, reconcileService(noisy));
    expect(ignoring.service.deployments[0]?.watchesAlarms).toBe(false);
    expect(eventsOf(reconcileService(ignoring))).toEqual([]);
  });

  test('[DEP-23] a deployment with alarms is watched for its bake time before it completes', () => {
    const view = replaced({ ...ALARMS, bakeTimeInMinutes: 3 });
    const baking = applyAll(view, reconcileService(view));
    expect(baking.service.deployments[0]).toMatchObject({
      rolloutState: 'IN_PROGRESS',
      lifecycleStage: 'BAKE_TIME',
      bakeUntil: plusMs(NOW, 180_000),
    });
    expect(kinds(reconcileService({ ...baking, now: plusMs(NOW, 179_999) }))).toEqual(['wake-at']);
    expect(eventsOf(reconcileService({ ...baking, now: plusMs(NOW, 180_000) }))).toContain(
      '(deployment ecs-svc/2) deployment completed.',
    );
  });

  test('[DEP-24] succeeds early exactly when enough tasks are healthy, and at least one', () => {
    const counts = fc.record({
      desired: fc.integer({ min: 1, max: 9 }),
      healthy: fc.nat(9),
      healthyPercent: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(counts, ({ desired, healthy, healthyPercent }) => {
        const view = partly({ desired, healthy, healthyPercent, cleanup: 'DEFERRED' });
        const isEnough = Math.min(healthy, desired) >= Math.max(1, (desired * healthyPercent) / 100);
        expect(completes(reconcileService(view))).toBe(isEnough);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    { cleanup: 'BLOCKING', isCompletedAtOnce: false },
    { cleanup: 'DEFERRED', isCompletedAtOnce: true },
  ] as const)(
    '[DEP-24] $cleanup: what it replaces goes, down to the floor',
    ({ cleanup, isCompletedAtOnce }) => {
      const view = partly({ desired: 4, healthy: 3, healthyPercent: 75, cleanup });
      const decisions = reconcileService(view);
      expect(completes(decisions)).toBe(isCompletedAtOnce);
      expect(decisions.filter(({ kind }) => kind === 'stop-task')).toHaveLength(4);
      const cleaned = { ...applyAll(view, decisions) };
      const alone = {
        ...cleaned,
        tasks: cleaned.tasks.filter(({ deploymentId }) => deploymentId === 'ecs-svc/2'),
      };
      const removed = applyAll(alone, reconcileService(alone));
      expect([...reconcileService(alone), ...reconcileService(removed)].some(isCompletion)).toBe(
        !isCompletedAtOnce,
      );
    },
  );
});

/** Two healthy tasks of deployment 1, and deployment 2 just begun. */
function deployed(configuration: DeploymentConfiguration): ServiceView {
  const { spec, revisionArn } = aDeployment();
  const service = aService({
    desiredCount: 2,
    lastCompleted: spec,
    lastCompletedRevisionArn: revisionArn,
    deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100, ...configuration },
  });
  return deploy(aView({ service, tasks: [aServiceTask('a'), aServiceTask('b')] }), '2');
}

/** Deployment 2 has all its tasks, and is alone. */
function replaced(configuration: DeploymentConfiguration): ServiceView {
  const view = deployed(configuration);
  const [primary] = view.service.deployments;
  const tasks = ['c', 'd'].map((id) => aServiceTask(id, { deploymentId: 'ecs-svc/2' }));
  const deployments = [{ ...primary, lifecycleStage: 'SCALE_UP', ...startOf(configuration) } as Deployment];
  return { ...view, tasks, service: { ...view.service, deployments } };
}

const startOf = ({ alarms }: DeploymentConfiguration): Partial<Deployment> =>
  alarms === undefined ? {} : { watchesAlarms: true };

interface Part {
  readonly desired: number;
  readonly healthy: number;
  readonly healthyPercent: number;
  readonly cleanup: 'BLOCKING' | 'DEFERRED';
}

/** All old tasks are there, and some of the new ones. */
function partly({ desired, healthy, healthyPercent, cleanup }: Part): ServiceView {
  const service = aService({
    desiredCount: desired,
    deploymentConfiguration: {
      maximumPercent: 200,
      minimumHealthyPercent: Math.min(healthyPercent, 50),
      earlySuccessCriteria: { enable: true, healthyPercent, sourceServiceRevisionCleanup: cleanup },
    },
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
  return aView({ service, tasks });
}

function withHooks(view: ServiceView, status: 'SUCCEEDED'): ServiceView {
  const deployments = view.service.deployments.map((each) => ({
    ...each,
    hooks: each.hooks?.map((hook) => ({ ...hook, status })),
  }));
  return { ...view, service: { ...view.service, deployments } };
}

const kinds = (decisions: readonly ServiceDecision[]) => decisions.map(({ kind }) => kind);
const startsOf = (decisions: readonly ServiceDecision[]): number =>
  decisions.reduce((sum, decision) => sum + (decision.kind === 'start-tasks' ? decision.count : 0), 0);
const eventsOf = (decisions: readonly ServiceDecision[]) =>
  decisions.flatMap((decision) => (decision.kind === 'event' ? [decision.message] : []));
const isCompletion = (decision: ServiceDecision): boolean =>
  decision.kind === 'change-deployment' && decision.change.rolloutState === 'COMPLETED';
const completes = (decisions: readonly ServiceDecision[]): boolean => decisions.some(isCompletion);
