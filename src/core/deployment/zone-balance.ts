import type { Service } from '../../domain/service.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import type {
  AvailabilityZoneRebalancing,
  PlacementConstraint,
  PlacementStrategy,
} from '../../shapes/generated/ecs.ts';
import { isProtected } from '../task/protection.ts';
import { deploymentCeiling } from './bounds.ts';
import {
  stoppedForZones,
  zonesBalanced,
  zonesHeldByProtection,
  zonesReason,
  zonesUnbalanced,
} from './event-texts.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { inStopOrder } from './stop-order.ts';
import { keptCount, type TaskGroup } from './task-groups.ts';

const ZONE_FIELD = 'attribute:ecs.availability-zone';

/** After a zone had no room the next try waits this long. (DEP-32; the time is ours) */
const RETRY_AFTER_MS = 10 * 60_000;

/** What decides whether the tasks of a service can be balanced over zones. */
export interface BalanceRequest {
  readonly maximumPercent: number;
  readonly launchType: string | undefined;
  readonly schedulingStrategy: string;
  readonly placementStrategy: readonly PlacementStrategy[];
  readonly placementConstraints: readonly PlacementConstraint[];
}

/** Whether a service can be balanced: one more task is possible, and it does not choose its zones itself. (DEP-30) */
export function mayBalance(request: BalanceRequest): boolean {
  const [first] = request.placementStrategy;
  const isSpread = first === undefined || (first.type === 'spread' && first.field === ZONE_FIELD);
  const isPinned = request.placementConstraints.some(({ expression = '' }) =>
    expression.includes(ZONE_FIELD),
  );
  const isReplica = request.schedulingStrategy === 'REPLICA' && request.launchType !== 'EXTERNAL';
  return isSpread && !isPinned && isReplica && request.maximumPercent > 100;
}

/** What was asked for, or else ENABLED for services that can be balanced. (DEP-30; AWS: service-rebalancing) */
export const balanceChoice = (
  asked: AvailabilityZoneRebalancing | undefined,
  request: BalanceRequest,
): AvailabilityZoneRebalancing => asked ?? (mayBalance(request) ? 'ENABLED' : 'DISABLED');

/** The task that a service has above its desired count while one moves to another zone. (DEP-31) */
export function movingCount({ service }: ServiceView, group: TaskGroup): number {
  const isMoving =
    service.zoneRebalance !== undefined &&
    service.deployments.length === 1 &&
    group.byClass.unhealthy.length + group.byClass.draining.length === 0 &&
    keptCount(group) === service.desiredCount + 1;
  return isMoving ? 1 : 0;
}

/**
 * The next step towards an even spread over the zones: one task more in the emptiest, then one fewer in the fullest.
 * Begins only where all is well, and ends with a deployment. (DEP-31)
 */
export function balanceZones(view: ServiceView, group: TaskGroup | undefined): readonly ServiceDecision[] {
  const { service } = view;
  const isPossible =
    service.status === 'ACTIVE' &&
    service.availabilityZoneRebalancing === 'ENABLED' &&
    service.deployments.length === 1 &&
    group?.deployment.rolloutState === 'COMPLETED' &&
    view.zones.length > 1 &&
    deploymentCeiling(service.desiredCount, service.deploymentConfiguration.maximumPercent ?? 200) >
      service.desiredCount;
  if (!isPossible || group === undefined) return service.zoneRebalance === undefined ? [] : ended(STOPPED);
  const { healthy } = group.byClass;
  if (healthy.length !== view.tasks.length) return [];
  if (healthy.length === service.desiredCount) return begin(view, healthy, group.deployment.id);
  const isMoved = service.zoneRebalance !== undefined && healthy.length === service.desiredCount + 1;
  return isMoved ? leave(view, healthy, group.deployment.id) : [];
}

const STOPPED = 'stopped AZ Rebalancing.';

const ended = (message: string): readonly ServiceDecision[] => [
  { kind: 'event', message },
  { kind: 'change-service', change: { zoneRebalance: undefined } },
];

/** When a zone that had no room is tried again. */
export const balanceRetryAt = (service: Service): Instant | undefined => service.zoneRebalance?.retryAt;

/** The row's part after a zone had no room. */
export const withoutRoom = (startedAt: Instant, now: Instant): NonNullable<Service['zoneRebalance']> => ({
  startedAt,
  retryAt: plusMs(now, RETRY_AFTER_MS),
});

function begin(
  { service, zones, now }: ServiceView,
  healthy: readonly ServiceTask[],
  deploymentId: string,
): readonly ServiceDecision[] {
  const counts = countZones(zones, healthy);
  const emptiest = zones.reduce((one, other) => (of(counts, other) < of(counts, one) ? other : one));
  const most = Math.max(...counts.values());
  if (most - of(counts, emptiest) <= 1)
    return service.zoneRebalance === undefined ? [] : ended(zonesBalanced(inOrder(counts)));
  if ((service.zoneRebalance?.retryAt ?? now) > now) return [];
  const [[fullest] = ['']] = inOrder(counts);
  const held = healthy.filter((task) => task.availabilityZone === fullest && isProtected(task, now));
  if (held.length === of(counts, fullest))
    return heldBack(service, { now, deploymentId, count: held.length });
  const start: ServiceDecision = {
    kind: 'start-tasks',
    deploymentId,
    count: 1,
    unhealthyCount: 0,
    zone: emptiest,
  };
  if (service.zoneRebalance !== undefined) return [start];
  return [
    { kind: 'event', message: zonesUnbalanced(inOrder(counts)) },
    { kind: 'change-service', change: { zoneRebalance: { startedAt: now } } },
    start,
  ];
}

/** All tasks of the fullest zone are protected: told once, tried again later. (PRT-1) */
function heldBack(
  { zoneRebalance }: Service,
  { now, deploymentId, count }: { now: Instant; deploymentId: string; count: number },
): readonly ServiceDecision[] {
  const change = { zoneRebalance: withoutRoom(zoneRebalance?.startedAt ?? now, now) };
  const told: ServiceDecision = { kind: 'event', message: zonesHeldByProtection(deploymentId, count) };
  return [...(zoneRebalance?.retryAt === undefined ? [told] : []), { kind: 'change-service', change }];
}

function leave(
  view: ServiceView,
  healthy: readonly ServiceTask[],
  deploymentId: string,
): readonly ServiceDecision[] {
  const { zones, now } = view;
  const [fullest] = inOrder(countZones(zones, healthy));
  const zone = fullest?.[0] ?? '';
  const free = healthy.filter((task) => !isProtected(task, now));
  const inZone = free.filter(({ availabilityZone = '' }) => availabilityZone === zone);
  const there = inZone.length > 0 ? inZone : free;
  const [first] = inStopOrder(
    there.map((task) => ({ task, taskClass: 'healthy', age: 0 })),
    view,
  );
  if (first === undefined) return [];
  const { taskArn, taskId } = first.task;
  return [
    { kind: 'stop-task', taskArn, reason: zonesReason(deploymentId) },
    { kind: 'event', message: stoppedForZones(zone, [taskId]) },
  ];
}

const of = (counts: ReadonlyMap<string, number>, zone: string): number => counts.get(zone) ?? 0;

/** Tasks by zone, zones without any included. */
function countZones(zones: readonly string[], tasks: readonly ServiceTask[]): ReadonlyMap<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const { availabilityZone = '' } of tasks)
    counts.set(availabilityZone, (counts.get(availabilityZone) ?? 0) + 1);
  return counts;
}

/** The fullest first; equally full ones by name. */
const inOrder = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
