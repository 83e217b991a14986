import { revisionCounts } from '../../core/deployment/follow-deployment.ts';
import { LATEST_PLATFORM_VERSION } from '../../core/task/new-task.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import { serviceEvents, tasks } from '../../records/collections.ts';
import { countServiceTasks, EVENTS_MAX_COUNT, type TaskCounts } from '../../records/services.ts';
import type { Deployment as DeploymentShape, Service as ServiceShape } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { taskSetsOf } from './task-set-reference.ts';
import { toTaskSetShape } from './task-set-shape.ts';

const NO_TASKS: TaskCounts = { runningCount: 0, pendingCount: 0 };

/** A service as the API answers it, without its tags. Counts come from the tasks, events newest first. (SVC-13) */
export function toServiceShape(tx: ReadTx, service: Service): ServiceShape {
  const counts = countServiceTasks(tx, service.serviceArn);
  const hasTaskSets = (service.deploymentController ?? 'ECS') !== 'ECS';
  const sum = (key: keyof TaskCounts): number =>
    [...counts.values()].reduce((total, each) => total + each[key], 0);
  return {
    serviceArn: service.serviceArn,
    serviceName: service.serviceName,
    clusterArn: service.clusterArn,
    loadBalancers: [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: sum('runningCount'),
    pendingCount: sum('pendingCount'),
    ...capacityShape(service),
    platformVersion: service.spec.platformVersion,
    platformFamily: service.spec.platformVersion === undefined ? undefined : 'Linux',
    taskDefinition: service.spec.taskDefinitionArn || undefined,
    deploymentConfiguration: service.deploymentConfiguration,
    taskSets: hasTaskSets
      ? taskSetsOf(service).map((row) => toTaskSetShape(tx, service, row, false))
      : undefined,
    deployments: (hasTaskSets ? [] : service.deployments).map((each) =>
      toDeploymentShape(service, each, counts.get(each.id) ?? NO_TASKS),
    ),
    roleArn: service.roleArn,
    events: eventShapes(tx, service),
    createdAt: service.createdAt,
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    networkConfiguration: service.spec.networkConfiguration,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: service.schedulingStrategy,
    deploymentController: { type: service.deploymentController ?? 'ECS' },
    createdBy: service.createdBy,
    enableECSManagedTags: service.enableEcsManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    resourceManagementType: 'CUSTOMER',
    currentServiceDeployment: hasTaskSets ? undefined : service.deployments[0]?.serviceDeploymentArn,
    currentServiceRevisions: hasTaskSets ? [] : currentRevisions(tx, service),
  };
}

/** The revisions that it runs tasks of, or is about to. (SDP-6) */
const currentRevisions = (tx: ReadTx, service: Service): ServiceShape['currentServiceRevisions'] =>
  revisionCounts(service, tx.find(tasks, 'service', service.serviceArn)).map(
    ({ revisionArn, ...counts }) => ({
      arn: revisionArn,
      ...counts,
    }),
  );

function toDeploymentShape(service: Service, deployment: Deployment, counts: TaskCounts): DeploymentShape {
  const isPrimary = deployment.status === 'PRIMARY';
  const { spec } = deployment;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: spec.taskDefinitionArn,
    desiredCount: isPrimary ? service.desiredCount : (deployment.desiredCount ?? counts.runningCount),
    ...counts,
    failedTasks: deployment.failedTasks,
    createdAt: deployment.createdAt,
    updatedAt: deployment.updatedAt,
    ...capacityShape(deployment),
    platformVersion: spec.platformVersion === undefined ? undefined : resolvedVersion(spec.platformVersion),
    platformFamily: spec.platformVersion === undefined ? undefined : 'Linux',
    networkConfiguration: spec.networkConfiguration,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

const resolvedVersion = (version: string): string =>
  version === 'LATEST' ? LATEST_PLATFORM_VERSION : version;

/** Only the one that is in use is shown. (SVC-2) */
const capacityShape = ({
  spec,
}: Pick<Deployment, 'spec'>): Pick<ServiceShape, 'launchType' | 'capacityProviderStrategy'> =>
  spec.capacityProviderStrategy === undefined
    ? { launchType: spec.launchType }
    : { capacityProviderStrategy: spec.capacityProviderStrategy };

const eventShapes = (tx: ReadTx, { serviceArn }: Service): ServiceShape['events'] =>
  tx
    .find(serviceEvents, 'service', serviceArn)
    .slice(-EVENTS_MAX_COUNT)
    .reverse()
    .map(({ id, createdAt, message }) => ({ id, createdAt, message }));
