import { blameLaunch } from '../../core/deployment/count-outcomes.ts';
import { noRoomInZone, startedForZones, startedTasks } from '../../core/deployment/event-texts.ts';
import { withoutRoom } from '../../core/deployment/zone-balance.ts';
import { splitByStrategy } from '../../core/task/provider-split.ts';
import { taskTags } from '../../core/task/task-tags.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { clusters, tasks } from '../../records/collections.ts';
import {
  type LaunchCapacity,
  type LaunchOutcome,
  type LaunchRequest,
  launchTasks,
} from '../../records/launch-task.ts';
import { appendServiceEvent } from '../../records/services.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { ReadTx } from '../../store/store.ts';
import { roleError } from '../role-error.ts';
import { type ApplyDeps, changeDeployment } from './change-deployment.ts';
import { withLaunchNotice } from './launch-notice.ts';
import { noRoomMessage } from './no-room-message.ts';

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
      ? launchAll(deps, request, start.count)
      : launchOnEach(deps, request, start.hostArns);
  if (start.zone !== undefined) return tellMoved(deps, service, { zone: start.zone, deployment, outcome });
  const told = tellStarted(deps, service, { tasks: outcome.tasks, unhealthyCount: start.unhealthyCount });
  if (outcome.unplacedCount === 0) return withLaunchNotice(deps, told, undefined);
  deps.onVain(search);
  const isFargate = spec.capacityProviderStrategy !== undefined || spec.launchType === 'FARGATE';
  const message = noRoomMessage(outcome.refusals, isFargate);
  const isForRoom = outcome.refusals.some(
    ({ reason, dependsOnTasks }) => reason.startsWith('RESOURCE:') || dependsOnTasks === true,
  );
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

type RequestParts = {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly service: Service;
  readonly deployment: Deployment;
};

type RequestWithoutCapacity = Omit<LaunchRequest, 'capacity' | 'count'> & { readonly deployment: Deployment };

function requestOf({ cluster, definition, service, deployment }: RequestParts): RequestWithoutCapacity {
  return {
    cluster,
    definition,
    deployment,
    platformVersion: deployment.spec.platformVersion,
    network: deployment.spec.networkConfiguration?.awsvpcConfiguration,
    group: `service:${service.serviceName}`,
    startedBy: deployment.id,
    service: { serviceArn: service.serviceArn, deploymentId: deployment.id },
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    tags: taskTags({
      own: [],
      propagate: service.propagateTags,
      definitionTags: definition.tags,
      serviceTags: service.tags,
      hasManagedTags: service.enableEcsManagedTags,
      clusterName: service.clusterName,
      serviceName: service.serviceName,
    }),
    enableExecuteCommand: service.enableExecuteCommand,
  };
}

/** One launch for each capacity that the deployment's strategy gives tasks to. */
function launchAll(deps: ApplyDeps, request: RequestWithoutCapacity, count: number): LaunchOutcome {
  const { deployment, ...rest } = request;
  const outcomes = capacitiesOf(deps.tx, request, count).map(({ capacity, count: share }) =>
    launchTasks({ ...deps, scope: deps.installation }, { ...rest, capacity, count: share }),
  );
  return {
    tasks: outcomes.flatMap((outcome) => outcome.tasks),
    unplacedCount: outcomes.reduce((sum, outcome) => sum + outcome.unplacedCount, 0),
    refusals: outcomes.flatMap((outcome) => outcome.refusals),
  };
}

/** One task on each of the hosts, or the reason why not. (DMN-2) */
function launchOnEach(
  deps: ApplyDeps,
  { deployment, ...request }: RequestWithoutCapacity,
  hostArns: readonly string[],
): LaunchOutcome {
  const capacity = { launchType: deployment.spec.launchType ?? 'EC2' };
  const outcomes = hostArns.map((hostArn) =>
    launchTasks({ ...deps, scope: deps.installation }, { ...request, capacity, hostArn, count: 1 }),
  );
  return {
    tasks: outcomes.flatMap((outcome) => outcome.tasks),
    unplacedCount: outcomes.reduce((sum, outcome) => sum + outcome.unplacedCount, 0),
    refusals: outcomes.flatMap((outcome) => outcome.refusals),
  };
}

interface Share {
  readonly capacity: LaunchCapacity;
  readonly count: number;
}

function capacitiesOf(
  tx: ReadTx,
  { deployment, service }: RequestWithoutCapacity,
  count: number,
): readonly Share[] {
  const { capacityProviderStrategy: strategy, launchType = 'EC2' } = deployment.spec;
  if (strategy === undefined) return [{ capacity: { launchType }, count }];
  const existing = new Map<string, number>();
  for (const { capacityProviderName: name = '' } of tx.find(tasks, 'service', service?.serviceArn ?? '')) {
    existing.set(name, (existing.get(name) ?? 0) + 1);
  }
  const shares = new Map<string, number>();
  for (const name of splitByStrategy(strategy, count, existing))
    shares.set(name, (shares.get(name) ?? 0) + 1);
  return [...shares].map(([capacityProviderName, share]) => ({
    capacity: { launchType: 'FARGATE', capacityProviderName },
    count: share,
  }));
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
