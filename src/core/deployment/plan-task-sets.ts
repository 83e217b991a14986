import type { Deployment } from '../../domain/service.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import { isProtected } from '../task/protection.ts';
import { STEADY_STATE } from './event-texts.ts';
import type { RolloutPlan, StartPlan } from './plan-rollout.ts';
import { RolloutBudget } from './rollout-budget.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import { inStopOrder } from './stop-order.ts';
import { isServing } from './task-class.ts';
import { goodCount, keptCount, prospectCount, type TaskGroup } from './task-groups.ts';

/** A pass starts at most this many tasks of a set; the next pass goes on. */
const START_BATCH_MAX_COUNT = 100;
const REPEAT_AFTER_MS = 6 * 60 * 60 * 1000;

/** How many tasks a task set wants: its share of the service's count, rounded up. (TSE-2; AWS: TaskSet) */
export function computedCount(desiredCount: number, { taskSet }: Deployment): number {
  if (taskSet === undefined || taskSet.isDraining) return 0;
  return Math.ceil((desiredCount * taskSet.scalePercent) / 100);
}

/** Plans a pass over the task sets of a service: each is kept at its own count, none replaces another. (TSE-3) */
export function planTaskSets(view: ServiceView, groups: readonly TaskGroup[]): RolloutPlan {
  const isActive = view.service.status === 'ACTIVE';
  const budget = new RolloutBudget(groups, {
    floor: 0,
    room: Number.MAX_SAFE_INTEGER,
    order: (candidates) => inStopOrder(candidates, view),
    isServing: (task) => isServing(view, task),
    isProtected: (task) => isActive && isProtected(task, view.now),
  });
  const starts: StartPlan[] = [];
  const held: Instant[] = [];
  for (const group of groups) {
    const want = isActive ? computedCount(view.service.desiredCount, group.deployment) : 0;
    budget.wants.set(group.deployment.id, want);
    const useful = goodCount(group);
    if (useful > want) budget.stopSurplus(group, useful - want);
    const { unhealthy, draining } = group.byClass;
    const replaceable = unhealthy.length + draining.length;
    const replaced = want === 0 ? replaceable : keptCount(group) - want - prospectCount(group);
    budget.stopUnhealthy(group, replaced, 'unhealthy');
    budget.stopDraining(group, replaced - unhealthy.length);
    const count = Math.min(START_BATCH_MAX_COUNT, want - useful);
    const { nextLaunchAt } = group.deployment;
    if (count > 0 && nextLaunchAt !== undefined && nextLaunchAt > view.now) held.push(nextLaunchAt);
    else if (count > 0) {
      const absent = Math.max(0, want - keptCount(group));
      starts.push({ deploymentId: group.deployment.id, count, unhealthyCount: Math.max(0, count - absent) });
    }
  }
  return {
    starts,
    stops: budget.stops,
    wants: budget.wants,
    isBlocked: false,
    spared: [...budget.spared],
    deferredUntil: held.length === 0 ? undefined : (Math.min(...held) as Instant),
  };
}

/** Writes down which sets are steady, and tells when all are. (TSE-4) */
export function taskSetDecisions(
  { service, now }: ServiceView,
  groups: readonly TaskGroup[],
): readonly ServiceDecision[] {
  const decisions: ServiceDecision[] = [];
  for (const group of groups) {
    const { deployment } = group;
    const stabilityStatus = isStable(service.desiredCount, group) ? 'STEADY_STATE' : 'STABILIZING';
    if (deployment.taskSet === undefined || deployment.taskSet.stabilityStatus === stabilityStatus) continue;
    const taskSet = { ...deployment.taskSet, stabilityStatus, stabilityStatusAt: now } as const;
    decisions.push({ kind: 'change-deployment', deploymentId: deployment.id, change: { taskSet } });
  }
  const isSteady = groups.length > 0 && groups.every((group) => isStable(service.desiredCount, group));
  if (!isSteady && service.steadyAt !== undefined)
    decisions.push({ kind: 'change-service', change: { steadyAt: undefined } });
  const isSaid = service.steadyAt !== undefined && now < plusMs(service.steadyAt, REPEAT_AFTER_MS);
  if (isSteady && !isSaid) {
    decisions.push({ kind: 'event', message: STEADY_STATE });
    decisions.push({ kind: 'change-service', change: { steadyAt: now } });
  }
  return decisions;
}

function isStable(desiredCount: number, { deployment, byClass }: TaskGroup): boolean {
  const others = Object.entries(byClass).filter(([name]) => name !== 'healthy');
  const isAlone = others.every(([, tasks]) => tasks.length === 0);
  return isAlone && byClass.healthy.length === computedCount(desiredCount, deployment);
}
