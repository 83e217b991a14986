import { blameLaunch } from '../../core/deployment/count-outcomes.ts';
import { noRoomInZone, startedForZones, startedTasks } from '../../core/deployment/event-texts.ts';
import { withoutRoom } from '../../core/deployment/zone-balance.ts';
import { mayPass } from '../../core/placement/closest-refusal.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import { clusters } from '../../records/collections.ts';
import type { LaunchOutcome } from '../../records/launch-task.ts';
import { appendServiceEvent } from '../../records/services.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import { roleError } from '../role-error.ts';
import { type ApplyDeps, changeDeployment } from './change-deployment.ts';
import { launchBatch, launchOnEach } from './launch-batch.ts';
import { withLaunchNotice } from './launch-notice.ts';
import { noRoomMessage } from './no-room-message.ts';
import { requestOf } from './service-request.ts';

/** Tasks of a deployment to start. */
export interface StartTasks {
  readonly deploymentId: string;
  readonly count: number;
  readonly unhealthyCount: number;
  readonly zone?: string | undefined;
  readonly hostArns?: readonly string[] | undefined;
}

/** Starts what it can of the tasks of a deployment, and tells the service's users what it did and what it could not. */
export function launchServiceTasks(deps: ApplyDeps, service: Service, start: StartTasks): Service {
  const deployment = service.deployments.find((each) => each.id === start.deploymentId);
  const cluster = deps.tx.get(clusters, service.clusterArn);
  if (deployment === undefined || cluster === undefined) return service;
  const { spec } = deployment;
  const definition = findTaskDefinition(deps.tx, deps.installation, spec.taskDefinitionArn);
  if (definition === undefined)
    return refuse(deps, { service, deployment, error: 'TaskDefinition not found.' });
  const error = roleError(deps, definition);
  if (error !== undefined) return refuse(deps, { service, deployment, error });
  const { placementConstraints, placementStrategy } = service;
  const search = { deploymentId: deployment.id, placementConstraints, placementStrategy };
  const isPlain = start.zone === undefined && start.hostArns === undefined;
  if (isPlain && service.launchNotice !== undefined && !deps.mayFind(search)) return service;
  const request = { ...requestOf({ cluster, definition, service, deployment }), zone: start.zone };
  const outcome =
    start.hostArns === undefined
      ? launchBatch(deps, { request, search, count: start.count })
      : launchOnEach(deps, request, start.hostArns);
  if (start.zone !== undefined) return tellMoved(deps, service, { zone: start.zone, deployment, outcome });
  const told = tellStarted(deps, service, { tasks: outcome.tasks, unhealthyCount: start.unhealthyCount });
  if (outcome.isMoreToCome) return told;
  if (outcome.unplacedCount === 0) return withLaunchNotice(deps, told, undefined);
  deps.onVain(search);
  const isFargate = spec.capacityProviderStrategy !== undefined || spec.launchType === 'FARGATE';
  const message = noRoomMessage(outcome.refusals, isFargate);
  const isForRoom = outcome.refusals.some(mayPass);
  return withLaunchNotice(deps, told, { message, cause: isForRoom ? 'room' : 'hosts' });
}

/** A launch that the API itself refuses is a failed start of the deployment. (DEP-7, DEP-8) */
function refuse(
  deps: ApplyDeps,
  { service, deployment, error }: { service: Service; deployment: Deployment; error: string },
): Service {
  const { failedTasks, lastFailureAt, launchFailures, nextLaunchAt } = blameLaunch(deployment, deps.now);
  const change = { failedTasks, lastFailureAt, launchFailures, nextLaunchAt };
  const counted = changeDeployment(deps, service, { deploymentId: deployment.id, change });
  const message = `failed to launch a task with (error ${error}).`;
  return withLaunchNotice(deps, counted, { message, cause: 'refused' });
}

/** One task more in an emptier zone, or the news that there is no room; which is said once for each rebalancing. (DEP-32) */
function tellMoved(
  deps: ApplyDeps,
  service: Service,
  { zone, deployment, outcome }: { zone: string; deployment: Deployment; outcome: LaunchOutcome },
): Service {
  const ids = outcome.tasks.map(({ taskId }) => taskId);
  if (ids.length > 0)
    return appendServiceEvent(deps.tx, service, { ...deps, message: startedForZones(zone, ids) });
  const { zoneRebalance } = service;
  const next = { ...service, zoneRebalance: withoutRoom(zoneRebalance?.startedAt ?? deps.now, deps.now) };
  if (zoneRebalance?.retryAt !== undefined) return next;
  const { capacityProviderStrategy, launchType } = deployment.spec;
  const isFargate = capacityProviderStrategy !== undefined || launchType === 'FARGATE';
  return appendServiceEvent(deps.tx, next, { ...deps, message: noRoomInZone(zone, isFargate) });
}

function tellStarted(
  deps: ApplyDeps,
  service: Service,
  { tasks: started, unhealthyCount }: { tasks: readonly Task[]; unhealthyCount: number },
): Service {
  if (started.length === 0) return service;
  const ids = started.map(({ taskId }) => taskId);
  const message = startedTasks(ids, Math.min(unhealthyCount, ids.length));
  deps.log.info('service.tasks-started', { serviceArn: service.serviceArn, taskIds: ids });
  return appendServiceEvent(deps.tx, service, { ...deps, message });
}
