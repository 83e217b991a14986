import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../domain/service.ts';
import { instant } from '../../lib/clock.ts';
import { computedCount } from './plan-task-sets.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceView } from './service-view.ts';
import { aDeployment, applyAll, aService, aServiceTask, aView, NOW } from './testing.ts';

describe('task sets', () => {
  test.each([
    [1, 100, 1],
    [12, 10, 2],
    [3, 0, 0],
    [3, 0.1, 1],
    [10, 99.9, 10],
  ])('[TSE-2] of %d tasks %d %% are %d', (desired, scalePercent, expected) => {
    expect(computedCount(desired, aSet('1', scalePercent))).toBe(expected);
  });

  test('[TSE-3] each set is kept at its own count', () => {
    const sets = fc.array(fc.record({ scale: fc.constantFrom(0, 25, 50, 100), has: fc.nat(6) }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(sets, fc.nat(8), (draws, desired) => {
        const deployments = draws.map(({ scale }, index) => aSet(`${index}`, scale));
        const tasks = draws.flatMap(({ has }, index) =>
          Array.from({ length: has }, (_, at) =>
            aServiceTask(`${index}-${at}`, { deploymentId: `ecs-svc/${index}` }),
          ),
        );
        const view = external(deployments, { desired, tasks });
        const after = applyAll(view, reconcileService(view));
        for (const deployment of deployments) {
          const live = after.tasks.filter(
            (task) => task.deploymentId === deployment.id && task.desiredStatus === 'RUNNING',
          );
          expect(live).toHaveLength(computedCount(desired, deployment));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('[TSE-4] a set is steady when all its tasks are healthy, and the service when all are', () => {
    const view = external([aSet('1', 100)], { desired: 1, tasks: [aServiceTask('a')] });
    const decisions = reconcileService(view);
    expect(decisions).toContainEqual({ kind: 'event', message: 'has reached a steady state.' });
    expect(applyAll(view, decisions).service.deployments[0]?.taskSet).toMatchObject({
      stabilityStatus: 'STEADY_STATE',
      stabilityStatusAt: NOW,
    });
  });

  test('[TSE-5] a deleted set stops its tasks and is gone with the last one', () => {
    const set = aSet('1', 100);
    const draining = { ...set, taskSet: { ...set.taskSet, isDraining: true } } as Deployment;
    const view = external([draining], { desired: 1, tasks: [aServiceTask('a')] });
    expect(reconcileService(view).some(({ kind }) => kind === 'stop-task')).toBe(true);
    const empty = external([draining], { desired: 1, tasks: [] });
    expect(reconcileService(empty)).toContainEqual({ kind: 'remove-deployment', deploymentId: set.id });
    const idle = external([aSet('1', 0)], { desired: 1, tasks: [] });
    expect(reconcileService(idle).some(({ kind }) => kind === 'remove-deployment')).toBe(false);
  });
});

function aSet(number: string, scalePercent: number): Deployment {
  return aDeployment({
    id: `ecs-svc/${number}`,
    status: 'ACTIVE',
    taskSet: {
      taskSetArn: number,
      scalePercent,
      isDraining: false,
      stabilityStatus: 'STABILIZING',
      stabilityStatusAt: instant(0),
      tags: [],
    },
  });
}

function external(
  deployments: readonly Deployment[],
  { desired, tasks }: { desired: number; tasks: ServiceView['tasks'] },
): ServiceView {
  const service = aService({ deploymentController: 'EXTERNAL', desiredCount: desired, deployments });
  return aView({ service, tasks });
}
