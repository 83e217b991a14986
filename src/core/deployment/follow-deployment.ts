import type { Deployment, Service } from '../../domain/service.ts';
import type { RevisionCounts, ServiceDeployment } from '../../domain/service-deployment.ts';
import { assert } from '../../lib/assert.ts';
import type { Instant } from '../../lib/clock.ts';
import type { ServiceDeploymentStatus } from '../../shapes/generated/ecs.ts';
import { failureThreshold } from './circuit-breaker.ts';
import { isTerminal, mayBecome } from './deployment-status.ts';
import type { ServiceTask } from './service-view.ts';
import { NO_CANDIDATE, SERVICE_DELETED, SUPERSEDED } from './status-reasons.ts';

/** What a record is brought up to date from. */
export interface FollowView {
  readonly service: Service;
  /** Tasks of the service that are not STOPPED. */
  readonly tasks: readonly FollowedTask[];
  readonly now: Instant;
}

/** What is looked at in a task. */
export type FollowedTask = Pick<ServiceTask, 'deploymentId' | 'lastStatus' | 'desiredStatus'>;

/**
 * The record of a rollout as the service's row has it now; the record itself when nothing is new. It passes through the
 * statuses by legal moves alone, several in one call when the rollout has gone far. (SDP-3, SDP-4)
 */
export function followDeployment(view: FollowView, record: ServiceDeployment): ServiceDeployment {
  let current = withProgress(view, record);
  // No path is longer than from PENDING over a rollback to its end.
  for (let count = 0; count < 4 && !isTerminal(current.status); count += 1) {
    const next = nextMove(view, current);
    if (next === undefined) break;
    assert(mayBecome(current.status, next.status), 'a service deployment moves as its table allows');
    current = { ...current, ...next, updatedAt: view.now };
    if (isTerminal(next.status)) {
      const finalCounts = revisionCounts(view.service, view.tasks);
      current = { ...current, finishedAt: view.now, finalCounts, ...stopped(next.status, view.now) };
    }
  }
  return current;
}

const stopped = (status: ServiceDeploymentStatus, now: Instant): Partial<ServiceDeployment> =>
  status === 'STOPPED' ? { stoppedAt: now } : {};

type Move = Partial<ServiceDeployment> & Pick<ServiceDeployment, 'status'>;

const targetOf = ({ service }: FollowView, record: ServiceDeployment): Deployment | undefined =>
  service.deployments.find(
    (each) => each.serviceDeploymentArn === record.serviceDeploymentArn && each.rollbackOf === undefined,
  );

const rollbackOf = ({ service }: FollowView, record: ServiceDeployment): Deployment | undefined =>
  service.deployments.find(
    (each) => each.serviceDeploymentArn === record.serviceDeploymentArn && each.rollbackOf !== undefined,
  );

/** What the rollout has counted and waits for, without a change of status. */
function withProgress(view: FollowView, record: ServiceDeployment): ServiceDeployment {
  const target = targetOf(view, record);
  if (target === undefined) return record;
  const breaker = view.service.deploymentConfiguration.deploymentCircuitBreaker;
  const progress: Partial<ServiceDeployment> = {
    failureCount: target.rolloutState === 'COMPLETED' ? record.failureCount : target.failedTasks,
    failureThreshold: failureThreshold(breaker, view.service.desiredCount),
    failureCause: target.failure?.cause,
    triggeredAlarmNames: target.failure?.alarmNames ?? record.triggeredAlarmNames,
    lifecycleStage: target.lifecycleStage ?? record.lifecycleStage,
    lifecycleHooks: target.hooks ?? record.lifecycleHooks,
  };
  const isSame = Object.entries(progress).every(
    ([member, value]) => JSON.stringify(record[member as keyof ServiceDeployment]) === JSON.stringify(value),
  );
  return isSame ? record : { ...record, ...progress, updatedAt: view.now };
}

function nextMove(view: FollowView, record: ServiceDeployment): Move | undefined {
  if (record.status === 'STOP_REQUESTED') return { status: 'STOPPED' };
  if (!isCurrent(view, record)) return abandoned(view, record);
  const target = targetOf(view, record);
  switch (record.status) {
    case 'PENDING':
      return { status: 'IN_PROGRESS', startedAt: view.now };
    case 'IN_PROGRESS':
    case 'ROLLBACK_REQUESTED':
      if (target?.rolloutState === 'COMPLETED') return { status: 'SUCCESSFUL', statusReason: undefined };
      return target?.failure === undefined ? undefined : failed(view, record, target.failure);
    case 'ROLLBACK_IN_PROGRESS':
      return afterRollback(view, record);
    default:
      return undefined;
  }
}

/** Its rollout is what the service works on now. */
const isCurrent = ({ service }: FollowView, record: ServiceDeployment): boolean =>
  service.status === 'ACTIVE' && service.deployments[0]?.serviceDeploymentArn === record.serviceDeploymentArn;

/** A newer one has begun, or the service is on its way out. */
function abandoned({ service }: FollowView, { status }: ServiceDeployment): Move {
  const statusReason = service.status === 'ACTIVE' ? SUPERSEDED : SERVICE_DELETED;
  if (status === 'ROLLBACK_IN_PROGRESS') return { status: 'ROLLBACK_FAILED', statusReason };
  return { status: status === 'ROLLBACK_REQUESTED' ? 'STOPPED' : 'STOP_REQUESTED', statusReason };
}

function failed(
  view: FollowView,
  record: ServiceDeployment,
  failure: NonNullable<Deployment['failure']>,
): Move {
  const { reason, wantsRollback } = failure;
  if (!wantsRollback) {
    return record.status === 'ROLLBACK_REQUESTED'
      ? { status: 'STOPPED', statusReason: reason }
      : { status: 'STOP_REQUESTED', statusReason: reason };
  }
  const serviceRevisionArn = rollbackOf(view, record)?.revisionArn;
  return {
    status: 'ROLLBACK_IN_PROGRESS',
    statusReason: reason,
    rollback: { reason, startedAt: view.now, serviceRevisionArn },
  };
}

function afterRollback(view: FollowView, record: ServiceDeployment): Move | undefined {
  const rollback = rollbackOf(view, record);
  if (rollback === undefined) return { status: 'ROLLBACK_FAILED', statusReason: NO_CANDIDATE };
  if (rollback.rolloutState === 'COMPLETED') return { status: 'ROLLBACK_SUCCESSFUL' };
  return rollback.rolloutState === 'FAILED' ? { status: 'ROLLBACK_FAILED' } : undefined;
}

const PENDING: readonly ServiceTask['lastStatus'][] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];

/** Tasks by revision, over all deployments that brought it, newest first. (SVC-13, SDP-6) */
export function revisionCounts(service: Service, tasks: readonly FollowedTask[]): readonly RevisionCounts[] {
  const counts = new Map<string, RevisionCounts>();
  for (const deployment of service.deployments) {
    const mine = tasks.filter(({ deploymentId }) => deploymentId === deployment.id);
    const running = mine.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
    const isPending = (task: FollowedTask) =>
      task.desiredStatus === 'RUNNING' && PENDING.includes(task.lastStatus);
    const { revisionArn } = deployment;
    const before = counts.get(revisionArn);
    const wanted =
      deployment.status === 'PRIMARY' ? service.desiredCount : (deployment.desiredCount ?? running);
    counts.set(revisionArn, {
      revisionArn,
      requestedTaskCount: wanted + (before?.requestedTaskCount ?? 0),
      runningTaskCount: running + (before?.runningTaskCount ?? 0),
      pendingTaskCount: mine.filter(isPending).length + (before?.pendingTaskCount ?? 0),
    });
  }
  return [...counts.values()];
}
