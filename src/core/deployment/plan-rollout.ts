import type { Instant } from '../../lib/clock.ts';
import { isProtected } from '../task/protection.ts';
import { deploymentCeiling, deploymentFloor } from './bounds.ts';
import { RolloutBudget, type StopPlan } from './rollout-budget.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { isPaused } from './stages.ts';
import { inStopOrder } from './stop-order.ts';
import { isServing } from './task-class.ts';
import { goodCount, keptCount, prospectCount, type TaskGroup } from './task-groups.ts';
import { movingCount } from './zone-balance.ts';

/** Tasks of one deployment to start. */
export interface StartPlan {
  readonly deploymentId: string;
  readonly count: number;
  /** How many of them replace unhealthy tasks. */
  readonly unhealthyCount: number;
  /** The hosts they are to be on, one on each; any when absent. */
  readonly hostArns?: readonly string[] | undefined;
}

/** What a service does next to come nearer to what it wants, within its bounds. */
export interface RolloutPlan {
  readonly starts: readonly StartPlan[];
  readonly stops: readonly StopPlan[];
  /** How many tasks of each deployment are wanted from now on. */
  readonly wants: ReadonlyMap<string, number>;
  /** The bounds allow neither a start nor a stop, and nothing is under way that would change that. */
  readonly isBlocked: boolean;
  /** Tasks that would be stopped if they were not protected. */
  readonly spared: readonly ServiceTask[];
  /** When a start that is held back may be tried. */
  readonly deferredUntil: Instant | undefined;
}

/** A pass starts at most this many tasks of a deployment; the next pass goes on. Bounds the search for hosts; a look starts fewer of them. (SVC-24) */
const START_BATCH_MAX_COUNT = 250;

/**
 * Plans a pass over the deployments of a service, newest first. The newest one that has not failed is filled up to the
 * desired count; the others keep what has not been replaced by healthy tasks of it. Starts come before stops wherever
 * the ceiling allows; a stop to make room respects the floor. (DEP-1, DEP-2, DEP-4, DEP-5, DEP-6)
 */
export function planRollout(view: ServiceView, groups: readonly TaskGroup[]): RolloutPlan {
  const desired = view.service.status === 'ACTIVE' ? view.service.desiredCount : 0;
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = view.service.deploymentConfiguration;
  const budget = new RolloutBudget(groups, {
    floor: deploymentFloor(desired, minimumHealthyPercent),
    room: deploymentCeiling(desired, maximumPercent) - view.tasks.length,
    isProtected: (task) => view.service.status === 'ACTIVE' && isProtected(task, view.now),
    order: (candidates) => inStopOrder(candidates, view),
    isServing: (task) => isServing(view, task),
  });
  const filled = groups.find((group) => group.deployment.rolloutState !== 'FAILED');
  setWants(view, budget, { groups, filled, desired });
  shrinkReplaced(budget, { groups, filled, desired });
  for (const group of groups) balance(budget, group);
  for (const group of groups) stopUnstarted(budget, group);
  const inOrder = [...groups].sort(
    (one, other) => Number(other === filled) - Number(one === filled) || one.age - other.age,
  );
  const starts = inOrder.flatMap((group) => startMissing(view, budget, group));
  const isBlocked = filled !== undefined && makeRoom(view, budget, { groups, filled, starts });
  return {
    starts,
    stops: budget.stops,
    wants: budget.wants,
    isBlocked: isBlocked && budget.spared.size === 0,
    spared: [...budget.spared],
    deferredUntil: deferredUntil(view, budget, groups),
  };
}

interface Rollout {
  readonly groups: readonly TaskGroup[];
  /** The deployment that takes over: the newest that has not failed. */
  readonly filled: TaskGroup | undefined;
  readonly desired: number;
}

/**
 * A failed deployment keeps what runs well and starts nothing. One that is being replaced keeps the number it had when
 * it was superseded, less what was replaced since: tasks that it loses meanwhile are replaced by its own kind. (DEP-6)
 */
function setWants(view: ServiceView, budget: RolloutBudget, { groups, filled, desired }: Rollout): void {
  let failedNewer = 0;
  for (const group of groups) {
    const { deployment, byClass } = group;
    if (group === filled)
      budget.wants.set(deployment.id, Math.max(0, desired - failedNewer) + movingCount(view, group));
    else if (deployment.rolloutState === 'FAILED') {
      const serving = Math.min(desired - failedNewer, byClass.starting.length + byClass.healthy.length);
      budget.wants.set(deployment.id, Math.max(0, serving));
      if (filled === undefined || group.age < filled.age) failedNewer += Math.max(0, serving);
    } else {
      const running = keptCount(group) - byClass.pending.length;
      budget.wants.set(deployment.id, deployment.desiredCount ?? running);
    }
  }
}

/** What healthy tasks of the new deployment have replaced is given up, missing tasks first. (DEP-5) */
function shrinkReplaced(budget: RolloutBudget, { groups, filled, desired }: Rollout): void {
  const older = olderThan(groups, filled);
  const wanted = older.reduce((sum, group) => sum + budget.want(group), 0);
  // Once it counts as a success, what it replaces is to go, though it may not have all its tasks yet. (DEP-24)
  const isCleaning = filled?.deployment.lifecycleStage === 'CLEAN_UP';
  const needed = isCleaning ? 0 : Math.max(0, desired - (filled?.byClass.healthy.length ?? 0));
  let excess = wanted - needed;
  for (const group of [...older].reverse()) {
    const missing = Math.min(excess, Math.max(0, budget.want(group) - keptCount(group)));
    if (missing > 0) {
      budget.lower(group, missing);
      excess -= missing;
    }
  }
  budget.giveUp(older, excess, () => true);
}

/** The deployments that `filled` replaces. */
const olderThan = (groups: readonly TaskGroup[], filled: TaskGroup | undefined): readonly TaskGroup[] =>
  filled === undefined ? [] : groups.filter((group) => group.age > filled.age);

/** Takes a deployment back to what is wanted of it, and ends unhealthy tasks that have been replaced. (DEP-4) */
function balance(budget: RolloutBudget, group: TaskGroup): void {
  const kept = budget.kept(group);
  const surplus = goodCount(kept) - budget.want(group);
  if (group.deployment.rolloutState === 'FAILED')
    budget.stopUnhealthy(group, kept.byClass.unhealthy.length, 'unhealthy');
  if (surplus > 0) {
    budget.stopUnhealthy(group, kept.byClass.unhealthy.length, 'surplus');
    budget.stopDraining(group, kept.byClass.draining.length);
    budget.stopSurplus(group, surplus);
    return;
  }
  const replaced = keptCount(kept) - budget.want(group) - prospectCount(kept);
  budget.stopUnhealthy(group, replaced, 'unhealthy');
  budget.stopDraining(group, replaced - kept.byClass.unhealthy.length);
}

/** What has not come to RUNNING on a host that is DRAINING ends at once. (INS-11) */
function stopUnstarted(budget: RolloutBudget, group: TaskGroup): void {
  const { draining } = budget.kept(group).byClass;
  const unstarted = draining.filter(({ lastStatus }) => lastStatus !== 'RUNNING');
  budget.stopDraining(group, unstarted.length);
}

/** How many tasks a deployment lacks, when those that are to be replaced do not count. */
function missingCount(budget: RolloutBudget, group: TaskGroup): number {
  if (group.deployment.rolloutState === 'FAILED') return 0;
  return Math.max(0, budget.want(group) - goodCount(budget.kept(group)));
}

const isHeldBack = (view: ServiceView, { deployment }: TaskGroup): boolean =>
  isPaused(deployment) || (deployment.nextLaunchAt !== undefined && deployment.nextLaunchAt > view.now);

function startMissing(view: ServiceView, budget: RolloutBudget, group: TaskGroup): readonly StartPlan[] {
  if (isHeldBack(view, group)) return [];
  const count = Math.min(missingCount(budget, group), budget.room, START_BATCH_MAX_COUNT);
  if (count <= 0) return [];
  const kept = budget.kept(group);
  const absent = Math.max(0, budget.want(group) - keptCount(kept));
  const unhealthyCount = Math.min(Math.max(0, count - absent), kept.byClass.unhealthy.length);
  budget.room -= count;
  return [{ deploymentId: group.deployment.id, count, unhealthyCount }];
}

/**
 * Stops tasks where only that lets the wanted ones start: tasks of replaced deployments down to the floor, or else an
 * unhealthy task of the same deployment, one at a time, and tasks on hosts that are DRAINING, down to the floor. Answers
 * whether the bounds forbid even that. (DEP-1, DEP-4, INS-11)
 */
function makeRoom(
  view: ServiceView,
  budget: RolloutBudget,
  {
    groups,
    filled,
    starts,
  }: { groups: readonly TaskGroup[]; filled: TaskGroup; starts: readonly StartPlan[] },
): boolean {
  if (isHeldBack(view, filled)) return false;
  const isWithoutHosts = view.service.launchNotice?.cause === 'room';
  const wanted = starts.find((start) => start.deploymentId === filled.deployment.id)?.count ?? 0;
  const started = isWithoutHosts ? 0 : wanted;
  const lacking = missingCount(budget, filled) - started;
  if (lacking <= 0 || (budget.room > 0 && !isWithoutHosts)) return false;
  const absent = budget.want(filled) - keptCount(budget.kept(filled)) - started;
  budget.giveUp(
    olderThan(groups, filled),
    absent - budget.stoppingCount(),
    (taskClass) => taskClass !== 'starting' || budget.healthy >= budget.floor,
  );
  if (budget.stoppingCount() === 0) budget.stopUnhealthy(filled, 1, 'unhealthy');
  if (!isWithoutHosts) budget.stopDraining(filled, lacking - budget.stoppingCount());
  const isUnderWay = groups.some((group) => prospectCount(group) > 0) || wanted > 0;
  return groups.length > 1 && budget.stoppingCount() === 0 && !isUnderWay;
}

function deferredUntil(
  view: ServiceView,
  budget: RolloutBudget,
  groups: readonly TaskGroup[],
): Instant | undefined {
  const instants = groups
    .filter((group) => isHeldBack(view, group) && missingCount(budget, group) > 0)
    .map((group) => group.deployment.nextLaunchAt ?? view.now);
  return instants.length === 0 ? undefined : (Math.min(...instants) as Instant);
}
