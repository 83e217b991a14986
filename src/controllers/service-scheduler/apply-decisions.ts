import { rollingBack, rollingBackReason } from '../../core/deployment/event-texts.ts';
import type { DeploymentChange, ServiceDecision } from '../../core/deployment/service-decision.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import { tasks } from '../../records/collections.ts';
import { appendServiceEvent, newDeployment, withNewDeployment } from '../../records/services.ts';
import { stopTask } from '../../records/stop-task.ts';
import { markTaskCounted } from '../../records/tasks.ts';
import { type ApplyDeps, changeDeployment } from './change-deployment.ts';
import { launchServiceTasks } from './launch-service-tasks.ts';

/** Applies decisions in their order and answers the service's row after them, which the caller stores. */
export function applyDecisions(
  deps: ApplyDeps,
  service: Service,
  decisions: readonly ServiceDecision[],
): Service {
  const isStale = hasStaleNotice(service, decisions);
  const start = isStale ? { ...service, launchNotice: undefined } : service;
  return decisions.reduce((current, decision) => applyDecision(deps, current, decision), start);
}

/** Nothing is to be started any more, so it does not matter that there was no host for it. */
export const hasStaleNotice = ({ launchNotice }: Service, decisions: readonly ServiceDecision[]): boolean =>
  launchNotice !== undefined &&
  launchNotice.cause !== 'refused' &&
  !decisions.some((decision) => decision.kind === 'start-tasks');

function applyDecision(deps: ApplyDeps, service: Service, decision: ServiceDecision): Service {
  switch (decision.kind) {
    case 'start-tasks':
      return launchServiceTasks(deps, service, decision);
    case 'stop-task':
      stop(deps, decision);
      return service;
    case 'count-task':
      count(deps, decision);
      return service;
    case 'change-deployment':
      logRollout(deps, service, decision);
      return changeDeployment(deps, service, decision);
    case 'remove-deployment':
      return {
        ...service,
        deployments: service.deployments.filter(({ id }) => id !== decision.deploymentId),
      };
    case 'roll-back':
      return rollBack(deps, service, decision);
    case 'open-hooks':
      return openHooks(deps, service, decision);
    case 'change-service':
      return { ...service, ...decision.change };
    case 'event':
      return appendServiceEvent(deps.tx, service, { ...deps, message: decision.message });
    case 'wake-at':
      return service;
  }
}

function stop({ tx, now, log }: ApplyDeps, { taskArn, reason }: { taskArn: string; reason: string }): void {
  const task = tx.get(tasks, taskArn);
  if (task === undefined || task.lastStatus === 'STOPPED') return;
  stopTask({ tx, now }, task, { stopCode: 'ServiceSchedulerInitiated', reason });
  log.info('service.task-stopped', { taskArn, reason });
}

function count({ tx }: ApplyDeps, { taskArn, as }: { taskArn: string; as: 'HEALTHY' | 'STOPPED' }): void {
  const task = tx.get(tasks, taskArn);
  if (task !== undefined) markTaskCounted(tx, task, as);
}

function logRollout(
  { log }: ApplyDeps,
  { serviceArn }: Service,
  { deploymentId, change }: { deploymentId: string; change: DeploymentChange },
): void {
  const { rolloutState } = change;
  if (rolloutState !== undefined)
    log.info('deployment.rollout-changed', { serviceArn, deploymentId, rolloutState });
}

/** The pauses get their ids and are kept in the deployment's row. (DEP-21) */
function openHooks(
  deps: ApplyDeps,
  service: Service,
  { deploymentId, stage, openings }: Extract<ServiceDecision, { kind: 'open-hooks' }>,
): Service {
  const deployment = service.deployments.find(({ id }) => id === deploymentId);
  const opened = openings.map((opening) => ({
    ...opening,
    hookId: `ecs-pause-${deps.ids.secret(43)}`,
    stage,
    status: 'AWAITING_ACTION' as const,
  }));
  deps.log.info('deployment.paused', { serviceArn: service.serviceArn, deploymentId, stage });
  const hooks = [...(deployment?.hooks ?? []), ...opened];
  return changeDeployment(deps, service, { deploymentId, change: { hooks } });
}

/** The deployment that failed becomes ACTIVE like any other that is replaced, and stays FAILED. (DEP-10) */
function rollBack(
  deps: ApplyDeps,
  service: Service,
  { fromDeploymentId, spec, revisionArn }: Extract<ServiceDecision, { kind: 'roll-back' }>,
): Service {
  const failed = service.deployments.find(({ id }) => id === fromDeploymentId);
  const made = newDeployment(spec, {
    id: `ecs-svc/${deps.ids.digits(19)}`,
    now: deps.now,
    revisionArn,
    serviceDeploymentArn: failed?.serviceDeploymentArn ?? '',
  });
  const deployment: Deployment = {
    ...made,
    rolloutStateReason: rollingBackReason(made.id),
    rollbackOf: fromDeploymentId,
  };
  deps.log.info('deployment.rolled-back', {
    serviceArn: service.serviceArn,
    fromDeploymentId,
    toDeploymentId: made.id,
    taskDefinitionArn: spec.taskDefinitionArn,
  });
  return appendServiceEvent(deps.tx, withNewDeployment(service, deployment), {
    ...deps,
    message: rollingBack(made.id),
  });
}
