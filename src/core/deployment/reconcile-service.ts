import type { Deployment, Service } from '../../domain/service.ts';
import type { Instant } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import { countOutcomes } from './count-outcomes.ts';
import {
  BLOCKED_BY_BOUNDS,
  completedReason,
  deploymentCompleted,
  failedHealthChecks,
  heldByProtection,
  STEADY_STATE,
  scalingReason,
  stoppedPendingTasks,
  stoppedRunningTasks,
  UNHEALTHY_REASON,
} from './event-texts.ts';
import { judgePrimary } from './judge-primary.ts';
import { daemonCount, planDaemon } from './plan-daemon.ts';
import { planRollout, type RolloutPlan } from './plan-rollout.ts';
import { planTaskSets, taskSetDecisions } from './plan-task-sets.ts';
import type { StopPlan } from './rollout-budget.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { advanceStages, type Staged, stageEndsAt } from './stages.ts';
import { classChangesAt } from './task-class.ts';
import { groupTasks, strayTasks, type TaskGroup } from './task-groups.ts';
import { balanceRetryAt, balanceZones } from './zone-balance.ts';

/** What is said once is not said again before this time, unless its cause went away meanwhile. (SVC-21) */
const REPEAT_AFTER_MS = 6 * 60 * 60 * 1000;

/**
 * Decides what a service needs now. Asked again after its decisions were applied it decides nothing more, until a
 * task, the service or the time has changed.
 */
export function reconcileService(given: ServiceView): readonly ServiceDecision[] {
  const sorted = { ...given, tasks: byArn(given.tasks), endedTasks: byArn(given.endedTasks) };
  const { view, counted: recounted } = withDaemonCount(sorted);
  if (view.service.status === 'INACTIVE') return countOutcomes(view).decisions;
  const counted = countOutcomes(view);
  const judged = judgePrimary(view, counted.deployments);
  const before = [...recounted, ...counted.decisions, ...judged.decisions];
  if (judged.isRollback) return before;
  const service = { ...view.service, deployments: judged.deployments };
  const staged = advanceStages({ ...view, service });
  if (staged === undefined) return [...before, ...proceed({ ...view, service }, undefined)];
  const [, ...older] = judged.deployments;
  const deployments = [staged.deployment, ...older];
  return [
    ...before,
    ...staged.decisions,
    ...proceed({ ...view, service: { ...service, deployments } }, staged),
  ];
}

/** A DAEMON service wants as many tasks as there are hosts now. (DMN-1) */
function withDaemonCount(view: ServiceView): {
  readonly view: ServiceView;
  readonly counted: readonly ServiceDecision[];
} {
  const { service } = view;
  const desiredCount = daemonCount(view);
  if (service.schedulingStrategy !== 'DAEMON' || desiredCount === service.desiredCount)
    return { view, counted: [] };
  return {
    view: { ...view, service: { ...service, desiredCount } },
    counted: [{ kind: 'change-service', change: { desiredCount } }],
  };
}

/** One order of the tasks, so that the order in which they were read decides nothing. */
const byArn = (tasks: readonly ServiceTask[]): readonly ServiceTask[] =>
  isByArn(tasks) ? tasks : [...tasks].sort((one, other) => (one.taskArn < other.taskArn ? -1 : 1));

const isByArn = (tasks: readonly ServiceTask[]): boolean =>
  tasks.every(({ taskArn }, index) => index === 0 || (tasks[index - 1]?.taskArn ?? '') < taskArn);

function proceed(view: ServiceView, staged: Staged | undefined): readonly ServiceDecision[] {
  const groups = groupTasks(view, view.service.deployments);
  const plan = planOf(view, groups);
  const decisions: ServiceDecision[] = plan.starts.map((start) => ({ kind: 'start-tasks', ...start }));
  decisions.push(...stopDecisions(plan.stops), ...strayDecisions(view), ...wantDecisions(groups, plan));
  decisions.push(...blockedDecisions(view, plan), ...protectionDecisions(view, plan));
  const remaining = groups.filter((group) => !isReplaced(group, plan));
  for (const group of groups) {
    if (!remaining.includes(group))
      decisions.push({ kind: 'remove-deployment', deploymentId: group.deployment.id });
  }
  const isQuiet = plan.starts.length === 0 && plan.stops.length === 0;
  const state =
    view.service.status === 'ACTIVE'
      ? stateDecisions(view, remaining, { isQuiet, staged })
      : drainDecisions(view);
  const balance = isQuiet && !hasTaskSets(view.service) ? balanceZones(view, groups[0]) : [];
  return [...decisions, ...state, ...balance, ...wakeDecision(view, plan)];
}

function planOf(view: ServiceView, groups: readonly TaskGroup[]): RolloutPlan {
  if (hasTaskSets(view.service)) return planTaskSets(view, groups);
  return view.service.schedulingStrategy === 'DAEMON' ? planDaemon(view, groups) : planRollout(view, groups);
}

/** Its deployments are decided about elsewhere. */
const hasTaskSets = ({ deploymentController = 'ECS' }: Service): boolean => deploymentController !== 'ECS';

function stopDecisions(stops: readonly StopPlan[]): readonly ServiceDecision[] {
  const pending = stops.filter(({ task }) => task.lastStatus !== 'RUNNING');
  const running = stops.filter(({ task }) => task.lastStatus === 'RUNNING');
  const decisions: ServiceDecision[] = [];
  for (const { task, cause } of stops) {
    if (cause === 'unhealthy') decisions.push({ kind: 'event', message: failedHealthChecks(task.taskId) });
    const reason = cause === 'unhealthy' ? UNHEALTHY_REASON : scalingReason(task.deploymentId ?? '');
    decisions.push({ kind: 'stop-task', taskArn: task.taskArn, reason });
  }
  if (pending.length > 0) decisions.push({ kind: 'event', message: stoppedPendingTasks(pending.length) });
  const ids = running.map(({ task }) => task.taskId);
  if (ids.length > 0) decisions.push({ kind: 'event', message: stoppedRunningTasks(ids) });
  return decisions;
}

/** Tasks of a deployment that the service does not have any more are left over from a deleted service. (SVC-12) */
const strayDecisions = (view: ServiceView): readonly ServiceDecision[] =>
  strayTasks(view)
    .filter((task) => task.desiredStatus === 'RUNNING')
    .map(({ taskArn, deploymentId }) => ({
      kind: 'stop-task',
      taskArn,
      reason: scalingReason(deploymentId ?? ''),
    }));

/** Keeps what is still wanted of each replaced deployment in its row, where a restart finds it. */
function wantDecisions(groups: readonly TaskGroup[], { wants }: RolloutPlan): readonly ServiceDecision[] {
  return groups.flatMap(({ deployment }): readonly ServiceDecision[] => {
    const desiredCount = wants.get(deployment.id);
    if (deployment.status === 'PRIMARY' || desiredCount === deployment.desiredCount) return [];
    return [{ kind: 'change-deployment', deploymentId: deployment.id, change: { desiredCount } }];
  });
}

function blockedDecisions(
  { service, now }: ServiceView,
  { isBlocked }: RolloutPlan,
): readonly ServiceDecision[] {
  const notice = service.blockedNotice;
  if (!isBlocked)
    return notice === undefined ? [] : [{ kind: 'change-service', change: { blockedNotice: undefined } }];
  if (notice !== undefined && now < plusMs(notice.writtenAt, REPEAT_AFTER_MS)) return [];
  const blockedNotice = { message: BLOCKED_BY_BOUNDS, writtenAt: now };
  return [
    { kind: 'event', message: BLOCKED_BY_BOUNDS },
    { kind: 'change-service', change: { blockedNotice } },
  ];
}

/** Says that protected tasks are in the way; again after six hours. (PRT-1, SVC-21) */
function protectionDecisions(
  { service, now }: ServiceView,
  { spared }: RolloutPlan,
): readonly ServiceDecision[] {
  const notice = service.protectionNotice;
  const [first] = spared;
  if (first === undefined)
    return notice === undefined ? [] : [{ kind: 'change-service', change: { protectionNotice: undefined } }];
  if (notice !== undefined && now < plusMs(notice.writtenAt, REPEAT_AFTER_MS)) return [];
  const message = heldByProtection(first.deploymentId ?? '', spared.length);
  return [
    { kind: 'event', message },
    { kind: 'change-service', change: { protectionNotice: { message, writtenAt: now } } },
  ];
}

/** An old deployment leaves when nothing of it is wanted and its last task has stopped. (DEP-12) */
const isReplaced = (group: TaskGroup, { wants }: RolloutPlan): boolean =>
  group.deployment.status !== 'PRIMARY' &&
  group.deployment.taskSet?.isDraining !== false &&
  wants.get(group.deployment.id) === 0 &&
  Object.values(group.byClass).every((tasks) => tasks.length === 0);

function stateDecisions(
  view: ServiceView,
  remaining: readonly TaskGroup[],
  { isQuiet, staged }: { readonly isQuiet: boolean; readonly staged: Staged | undefined },
): readonly ServiceDecision[] {
  const { service, now } = view;
  if (hasTaskSets(service)) return taskSetDecisions(view, remaining);
  const [primary] = remaining;
  const isAlone = primary !== undefined && remaining.length === 1;
  const isComplete = isAlone && isQuiet && isAllHealthy(primary, service.desiredCount);
  const isOver = staged === undefined ? isComplete : staged.isOver;
  const completed = isOver && primary !== undefined ? completionDecisions(primary.deployment) : [];
  const isSteady = isComplete && (isOver || primary.deployment.rolloutState === 'COMPLETED');
  if (!isSteady || primary.deployment.rolloutState === 'FAILED') {
    const unsteady: readonly ServiceDecision[] =
      service.steadyAt === undefined ? [] : [{ kind: 'change-service', change: { steadyAt: undefined } }];
    return [...completed, ...unsteady];
  }
  return [...completed, ...steadyDecisions(view, primary, now)];
}

const isAllHealthy = ({ byClass }: TaskGroup, desiredCount: number): boolean =>
  byClass.healthy.length === desiredCount &&
  byClass.pending.length + byClass.starting.length + byClass.unhealthy.length + byClass.draining.length === 0;

function completionDecisions({
  id,
  rolloutState,
  spec,
  revisionArn,
}: Deployment): readonly ServiceDecision[] {
  if (rolloutState !== 'IN_PROGRESS') return [];
  const change = {
    rolloutState: 'COMPLETED',
    rolloutStateReason: completedReason(id),
    failedTasks: 0,
  } as const;
  return [
    { kind: 'change-deployment', deploymentId: id, change },
    { kind: 'change-service', change: { lastCompleted: spec, lastCompletedRevisionArn: revisionArn } },
    { kind: 'event', message: deploymentCompleted(id) },
  ];
}

function steadyDecisions(
  { service, tasks }: ServiceView,
  primary: TaskGroup,
  now: Instant,
): readonly ServiceDecision[] {
  const isStill = tasks.length === primary.byClass.healthy.length;
  if (!isStill)
    return service.steadyAt === undefined
      ? []
      : [{ kind: 'change-service', change: { steadyAt: undefined } }];
  if (service.steadyAt !== undefined && now < plusMs(service.steadyAt, REPEAT_AFTER_MS)) return [];
  return [
    { kind: 'event', message: STEADY_STATE },
    { kind: 'change-service', change: { steadyAt: now } },
  ];
}

/** A deleted service is INACTIVE once every task of it is STOPPING or STOPPED. (SVC-11; AWS: DeleteService) */
function drainDecisions({ tasks, now }: ServiceView): readonly ServiceDecision[] {
  const isDrained = tasks.every(({ lastStatus }) =>
    ['STOPPING', 'DEPROVISIONING', 'STOPPED'].includes(lastStatus),
  );
  return isDrained ? [{ kind: 'change-service', change: { status: 'INACTIVE', inactiveAt: now } }] : [];
}

/** The next instant at which time alone may ask for a decision. */
function wakeDecision(view: ServiceView, plan: RolloutPlan): readonly ServiceDecision[] {
  const { steadyAt, status } = view.service;
  const instants = view.tasks.map((task) => classChangesAt(view, task));
  instants.push(balanceRetryAt(view.service), ...plan.spared.map(({ protectedUntil }) => protectedUntil));
  instants.push(plan.deferredUntil, ...view.service.deployments.slice(0, 1).flatMap(stageEndsAt));
  if (steadyAt !== undefined && status === 'ACTIVE') instants.push(plusMs(steadyAt, REPEAT_AFTER_MS));
  const known = instants.filter((at) => at !== undefined);
  const [first] = known.filter((at) => at > view.now).sort((one, other) => one - other);
  return first === undefined ? [] : [{ kind: 'wake-at', at: first }];
}
