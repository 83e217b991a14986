import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plusMs } from '../../lib/clock.ts';
import { deploymentCeiling, deploymentFloor } from './bounds.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { isServing } from './task-class.ts';
import { applyAll, aService, aServiceHost, aServiceTask, aView } from './testing.ts';

const HOSTS = new Map([
  ['old', aServiceHost({ status: 'DRAINING' })],
  ['new', aServiceHost()],
]);

interface Draw {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

/** A service whose `desiredCount` healthy tasks are all on a host that has begun to drain. */
function aDrainingView({ desiredCount, ...deploymentConfiguration }: Draw): ServiceView {
  const tasks = Array.from({ length: desiredCount }, (_, at) =>
    aServiceTask(`t${at}`, { instanceArn: 'old' }),
  );
  return aView({ service: aService({ desiredCount, deploymentConfiguration }), tasks, hosts: HOSTS });
}

const startedBy = (decisions: readonly ServiceDecision[]): number =>
  decisions.reduce((sum, each) => sum + (each.kind === 'start-tasks' ? each.count : 0), 0);
const stoppedBy = (decisions: readonly ServiceDecision[]): number =>
  decisions.filter(({ kind }) => kind === 'stop-task').length;

/** What hosts do until they are next heard of: stops end, starts come to RUNNING on the new host. */
function later(view: ServiceView): ServiceView {
  const now = plusMs(view.now, 50_000);
  const tasks = view.tasks.flatMap((task): readonly ServiceTask[] => {
    if (task.desiredStatus === 'STOPPED') return [];
    if (task.lastStatus === 'RUNNING') return [task];
    return [{ ...task, lastStatus: 'RUNNING', startedAt: view.now, instanceArn: task.instanceArn ?? 'new' }];
  });
  return { ...view, now, tasks };
}

const anyDraw = fc.record({
  desiredCount: fc.integer({ min: 1, max: 8 }),
  minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
  maximumPercent: fc.integer({ min: 100, max: 200 }),
});

describe('reconcileService with a host that is DRAINING', () => {
  test.each([
    { name: '200 % starts all replacements first', minimum: 100, maximum: 200, starts: 4, stops: 0 },
    { name: '100 % stops down to the floor first', minimum: 50, maximum: 100, starts: 0, stops: 2 },
    { name: 'both at 100 % wait for ever', minimum: 100, maximum: 100, starts: 0, stops: 0 },
  ])('[INS-11] $name', ({ minimum, maximum, starts, stops }) => {
    const draw = { desiredCount: 4, minimumHealthyPercent: minimum, maximumPercent: maximum };
    const decisions = reconcileService(aDrainingView(draw));
    expect([startedBy(decisions), stoppedBy(decisions)]).toEqual([starts, stops]);
  });

  test('[INS-11] tasks that do not run yet end at once, whatever the floor', () => {
    const pending = { instanceArn: 'old', lastStatus: 'PENDING', startedAt: undefined } as const;
    const tasks = [aServiceTask('a', pending), aServiceTask('b', { instanceArn: 'old' })];
    const service = aService({
      desiredCount: 2,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 },
    });
    const decisions = reconcileService(aView({ service, tasks, hosts: HOSTS }));
    const stopped = decisions.flatMap((each) => (each.kind === 'stop-task' ? [each.taskArn] : []));
    expect(stopped).toEqual([tasks[0]?.taskArn]);
    expect(decisions).toContainEqual({ kind: 'event', message: 'stopped 1 pending tasks.' });
  });

  test('[INS-11] a host that is back keeps its tasks', () => {
    const view = aDrainingView({ desiredCount: 3, minimumHealthyPercent: 50, maximumPercent: 150 });
    const back = { ...view, hosts: new Map([['old', aServiceHost()]]) };
    const decisions = reconcileService(back);
    expect([startedBy(decisions), stoppedBy(decisions)]).toEqual([0, 0]);
  });

  test('[INS-11] the service leaves the host whenever its bounds allow a single move, and keeps to them meanwhile', () => {
    fc.assert(
      fc.property(anyDraw, (draw) => {
        const floor = deploymentFloor(draw.desiredCount, draw.minimumHealthyPercent);
        const ceiling = deploymentCeiling(draw.desiredCount, draw.maximumPercent);
        let view = aDrainingView(draw);
        for (let step = 0; step < 40; step += 1) {
          view = applyAll(view, reconcileService(view));
          const serving = view.tasks.filter((task) => isServing(view, task)).length;
          expect(serving).toBeGreaterThanOrEqual(floor);
          expect(view.tasks.length).toBeLessThanOrEqual(ceiling);
          view = later(view);
        }
        const canMove = floor < draw.desiredCount || ceiling > draw.desiredCount;
        const left = view.tasks.filter(({ instanceArn }) => instanceArn === 'old').length;
        expect(left).toBe(canMove ? 0 : draw.desiredCount);
        expect(view.tasks).toHaveLength(draw.desiredCount);
      }),
      { numRuns: 200 },
    );
  });
});
