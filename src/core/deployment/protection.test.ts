import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plusMs } from '../../lib/clock.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import { aDeployment, applyAll, aService, aServiceTask, aView, containersWith, NOW } from './testing.ts';

const LATER = plusMs(NOW, 60_000);

describe('protected tasks', () => {
  test('[PRT-1] scale-in stops as many as it can of the others, and tells when that is too few', () => {
    const counts = fc.record({ total: fc.integer({ min: 1, max: 8 }), desired: fc.nat(8), held: fc.nat(8) });
    fc.assert(
      fc.property(counts, ({ total, desired, held }) => {
        const view = scaled({ total, desired, held: Math.min(held, total) });
        const decisions = reconcileService(view);
        const surplus = Math.max(0, total - desired);
        const free = total - Math.min(held, total);
        const stopped = decisions.flatMap((each) => (each.kind === 'stop-task' ? [each.taskArn] : []));
        expect(stopped).toHaveLength(Math.min(surplus, free));
        for (const task of view.tasks) {
          if (task.protectedUntil !== undefined) expect(stopped).not.toContain(task.taskArn);
        }
        const left = surplus - stopped.length;
        const told = `was unable to reach steady state because (taskSet ecs-svc/1) was unable to scale in due to (reason ${left} tasks under protection)`;
        expect(eventsOf(decisions).includes(told)).toBe(left > 0);
      }),
      { numRuns: 200 },
    );
  });

  test('[PRT-1] is looked at again when the protection ends, and told once', () => {
    const view = scaled({ total: 2, desired: 1, held: 2 });
    const decisions = reconcileService(view);
    expect(decisions.at(-1)).toEqual({ kind: 'wake-at', at: LATER });
    const told = applyAll(view, decisions);
    expect(reconcileService(told)).toEqual([{ kind: 'wake-at', at: LATER }]);
    const over = reconcileService({ ...told, now: LATER });
    expect(over.filter(({ kind }) => kind === 'stop-task')).toHaveLength(1);
    expect(applyAll(told, over).service.protectionNotice).toBeUndefined();
  });

  test('[PRT-1] an old task stays through a deployment until its protection ends', () => {
    const service = aService({
      deployments: [
        aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }),
        aDeployment({ status: 'ACTIVE', desiredCount: 1 }),
      ],
    });
    const tasks = [
      aServiceTask('old', { protectedUntil: LATER }),
      aServiceTask('new', { deploymentId: 'ecs-svc/2' }),
    ];
    const view = aView({ service, tasks });
    expect(eventsOf(reconcileService(view))).toEqual([
      'was unable to reach steady state because (taskSet ecs-svc/1) was unable to scale in due to (reason 1 tasks under protection)',
    ]);
    const [stop] = reconcileService({ ...view, now: LATER }).filter(({ kind }) => kind === 'stop-task');
    expect(stop).toMatchObject({ taskArn: tasks[0]?.taskArn });
  });

  test('[PRT-1] does not keep an unhealthy task, nor one of a deleted service', () => {
    const sick = aServiceTask('a', {
      protectedUntil: LATER,
      containers: containersWith('UNHEALTHY'),
      healthStatus: 'UNHEALTHY',
    });
    const well = aServiceTask('b');
    const unhealthy = reconcileService(aView({ tasks: [sick, well] }));
    expect(unhealthy).toContainEqual(expect.objectContaining({ kind: 'stop-task', taskArn: sick.taskArn }));
    const service = aService({ status: 'DRAINING', desiredCount: 0 });
    const held = aServiceTask('c', { protectedUntil: LATER });
    expect(reconcileService(aView({ service, tasks: [held] }))).toContainEqual(
      expect.objectContaining({ kind: 'stop-task', taskArn: held.taskArn }),
    );
  });
});

function scaled({ total, desired, held }: { total: number; desired: number; held: number }): ServiceView {
  const service = aService({ desiredCount: desired });
  const tasks = Array.from({ length: total }, (_, index) =>
    aServiceTask(`${index}`, index < held ? { protectedUntil: LATER } : {}),
  );
  return aView({ service, tasks });
}

const eventsOf = (decisions: readonly ServiceDecision[]) =>
  decisions.flatMap((decision) => (decision.kind === 'event' ? [decision.message] : []));
