import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plusMs } from '../../lib/clock.ts';
import { reconcileService } from './reconcile-service.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import { applyAll, aService, aServiceTask, aView, NOW } from './testing.ts';
import { mayBalance, withoutRoom } from './zone-balance.ts';

const REQUEST = {
  maximumPercent: 200,
  launchType: 'FARGATE',
  schedulingStrategy: 'REPLICA',
  placementStrategy: [],
  placementConstraints: [],
};

describe('balanceZones', () => {
  test('[DEP-31] moves one task from the fullest zone to the emptiest and says each step', () => {
    const view = spread(['a', 'a', 'a', 'b'], ['a', 'b']);
    const begun = reconcileService(view);
    expect(eventsOf(begun)).toContain(
      'is not AZ balanced with 3 tasks in a, 1 tasks in b. AZ Rebalancing in progress.',
    );
    expect(begun).toContainEqual(expect.objectContaining({ kind: 'start-tasks', count: 1, zone: 'b' }));
    const more = aged(applyAll(view, begun));
    const moved = reconcileService(more);
    expect(eventsOf(moved)).toContain('has stopped 1 running tasks in a due to AZ rebalancing: (task t0).');
    expect(moved).toContainEqual({
      kind: 'stop-task',
      taskArn: view.tasks[0]?.taskArn,
      reason: 'Availability-zone rebalancing initiated by (deployment ecs-svc/1)',
    });
    const done = reconcileService(aged(applyAll(more, moved)));
    expect(eventsOf(done)).toContain('is AZ balanced with 2 tasks in a, 2 tasks in b.');
  });

  test('[DEP-31] comes to an even spread with never more than one task above or one below', () => {
    const zones = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(zones, (of) => {
        let view = spread(of, ['a', 'b', 'c']);
        for (let step = 0; step < 20; step += 1) {
          const decisions = reconcileService(view);
          view = aged(applyAll(view, decisions));
          expect(view.tasks.length).toBeGreaterThanOrEqual(of.length);
          expect(view.tasks.length).toBeLessThanOrEqual(of.length + 1);
        }
        const counts = ['a', 'b', 'c'].map((zone) => inZone(view, zone));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(view.service.zoneRebalance).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('[DEP-31] leaves a spread alone that differs by one, a service without room, and one that is not asked to', () => {
    const views = [
      spread(['a', 'a', 'b'], ['a', 'b']),
      with100(spread(['a', 'a', 'a'], ['a', 'b'])),
      disabled(spread(['a', 'a', 'a'], ['a', 'b'])),
      spread(['a', 'a', 'a'], ['a']),
    ];
    for (const view of views)
      expect(reconcileService(view).some(({ kind }) => kind === 'start-tasks')).toBe(false);
  });

  test('[DEP-32] a zone that had no room is tried again after ten minutes', () => {
    const view = spread(['a', 'a', 'a', 'b'], ['a', 'b']);
    const service = { ...view.service, zoneRebalance: withoutRoom(NOW, NOW) };
    const startsAt = (ms: number): number =>
      reconcileService({ ...view, service, now: plusMs(NOW, ms) }).filter(
        ({ kind }) => kind === 'start-tasks',
      ).length;
    expect(reconcileService({ ...view, service })).toContainEqual({
      kind: 'wake-at',
      at: plusMs(NOW, 600_000),
    });
    expect([startsAt(599_999), startsAt(600_000)]).toEqual([0, 1]);
  });

  test('[DEP-31] a deployment ends it', () => {
    const view = spread(['a', 'a', 'a', 'b'], ['a', 'b']);
    const moving = applyAll(view, reconcileService(view));
    const [deployment] = moving.service.deployments;
    const deployments = [{ ...deployment, rolloutState: 'IN_PROGRESS' }] as typeof moving.service.deployments;
    const decisions = reconcileService({ ...moving, service: { ...moving.service, deployments } });
    expect(eventsOf(withNext(moving, decisions))).toContain('stopped AZ Rebalancing.');
  });

  test.each([
    [{}, true],
    [{ maximumPercent: 100 }, false],
    [{ maximumPercent: 101 }, true],
    [{ schedulingStrategy: 'DAEMON' }, false],
    [{ launchType: 'EXTERNAL' }, false],
    [{ placementStrategy: [{ type: 'binpack', field: 'cpu' }] }, false],
    [{ placementStrategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }] }, true],
    [
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == a' }] },
      false,
    ],
  ] as const)('[DEP-30] %j can be balanced: %s', (change, expected) => {
    expect(mayBalance({ ...REQUEST, ...change })).toBe(expected);
  });
});

function spread(of: readonly string[], zones: readonly string[]): ServiceView {
  const service = aService({
    desiredCount: of.length,
    availabilityZoneRebalancing: 'ENABLED',
    steadyAt: NOW,
  });
  const tasks = of.map((availabilityZone, index) => aServiceTask(`t${index}`, { availabilityZone }));
  return aView({ service, tasks, zones });
}

const with100 = (view: ServiceView): ServiceView => ({
  ...view,
  service: { ...view.service, deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 } },
});

const disabled = (view: ServiceView): ServiceView => ({
  ...view,
  service: { ...view.service, availabilityZoneRebalancing: 'DISABLED' },
});

/** A minute later: what was started runs and counts, what was stopped is gone. */
const aged = (view: ServiceView): ServiceView => ({
  ...view,
  now: plusMs(view.now, 60_000),
  tasks: view.tasks
    .filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
    .map((task) => ({
      ...task,
      lastStatus: 'RUNNING',
      startedAt: task.startedAt ?? view.now,
      countedAs: 'HEALTHY',
    })),
});

const inZone = (view: ServiceView, zone: string): number =>
  view.tasks.filter(({ availabilityZone }) => availabilityZone === zone).length;

const eventsOf = (decisions: readonly ServiceDecision[]) =>
  decisions.flatMap((decision) => (decision.kind === 'event' ? [decision.message] : []));

/** The decisions, and those of the next look. */
const withNext = (view: ServiceView, decisions: readonly ServiceDecision[]): readonly ServiceDecision[] => [
  ...decisions,
  ...reconcileService(applyAll(view, decisions)),
];
