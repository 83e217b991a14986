import type { Scope } from '../../domain/arn.ts';
import { containerArn, taskArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { LaunchType, Task, TaskContainer, TaskNetworkInterface } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import type { Instant } from '../../lib/clock.ts';
import type { ContainerDefinition, Tag, TaskOverride } from '../../shapes/generated/ecs.ts';
import { containerGpuCount } from './task-gpus.ts';
import { fullRoleArn } from './task-roles.ts';
import { containerSize, overrideOf, taskSize } from './task-size.ts';

/** The newest platform of FARGATE: what `LATEST` and an absent version mean. */
export const LATEST_PLATFORM_VERSION = '1.4.0';
/** What a FARGATE task has when it asks for nothing. */
const DEFAULT_EPHEMERAL_STORAGE_GIB = 20;

/** The names drawn for a new task. */
interface NewTaskNames {
  /** 32 hexadecimal characters. */
  readonly taskId: string;
  /** One UUID for each container, in the order of the definition. */
  readonly containerUuids: readonly string[];
  readonly taskRoleCredentialsId: string;
  readonly executionRoleCredentialsId: string;
}

/** All that a new task row is made of. */
export interface NewTaskView {
  readonly scope: Scope;
  readonly now: Instant;
  readonly names: NewTaskNames;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly launchType: LaunchType;
  readonly capacityProviderName?: string | undefined;
  readonly platformVersion?: string | undefined;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly service?: { readonly serviceArn: string; readonly deploymentId: string } | undefined;
  readonly daemon?: { readonly daemonArn: string; readonly revisionArn: string } | undefined;
  readonly overrides?: TaskOverride | undefined;
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  readonly instanceArn: string;
  /** GPUs of the host that are the task's alone, as many as its containers ask for. */
  readonly gpuIds?: readonly string[] | undefined;
  readonly availabilityZone?: string | undefined;
  readonly networkInterface?: TaskNetworkInterface | undefined;
}

/**
 * The row of a task that has just been placed. With a network interface it is PROVISIONING until that is attached,
 * else PENDING. (TSK-1)
 */
export function newTask(view: NewTaskView): Task {
  const { scope, now, names, cluster, definition, launchType } = view;
  const document = definition.document;
  const size = taskSize(document, view.overrides);
  const isFargate = launchType === 'FARGATE';
  return {
    taskArn: taskArn(scope, cluster.clusterName, names.taskId),
    taskId: names.taskId,
    clusterArn: cluster.clusterArn,
    clusterName: cluster.clusterName,
    taskDefinitionArn: definition.taskDefinitionArn,
    family: definition.family,
    revision: definition.revision,
    group: view.group,
    serviceArn: view.service?.serviceArn,
    daemonArn: view.daemon?.daemonArn,
    daemonRevisionArn: view.daemon?.revisionArn,
    deploymentId: view.service?.deploymentId,
    startedBy: view.startedBy,
    launchType,
    capacityProviderName: view.capacityProviderName,
    platformVersion: isFargate ? resolvedPlatform(view.platformVersion) : undefined,
    instanceArn: view.instanceArn,
    availabilityZone: view.availabilityZone,
    cpu: size.cpu,
    memory: size.memory,
    reserved: { ...size.reserved, ...(view.gpuIds?.length ? { gpuIds: view.gpuIds } : {}) },
    desiredStatus: 'RUNNING',
    lastStatus: view.networkInterface === undefined ? 'PENDING' : 'PROVISIONING',
    containers: (document.containerDefinitions ?? []).map((each, at) => newContainer(view, each, at)),
    networkInterface: view.networkInterface,
    overrides: shownOverrides(document.containerDefinitions ?? [], view.overrides),
    healthStatus: 'UNKNOWN',
    createdAt: now,
    enableExecuteCommand: view.enableExecuteCommand,
    ephemeralStorageGib: isFargate ? ephemeralStorage(view) : undefined,
    ...roles(view),
    tags: view.tags,
    version: 1,
  };
}

const resolvedPlatform = (version: string | undefined): string =>
  version === undefined || version === '' || version === 'LATEST' ? LATEST_PLATFORM_VERSION : version;

const ephemeralStorage = ({ overrides, definition }: NewTaskView): number =>
  overrides?.ephemeralStorage?.sizeInGiB ??
  definition.document.ephemeralStorage?.sizeInGiB ??
  DEFAULT_EPHEMERAL_STORAGE_GIB;

function newContainer(view: NewTaskView, definition: ContainerDefinition, at: number): TaskContainer {
  const { scope, cluster, names, overrides, enableExecuteCommand } = view;
  const name = definition.name ?? '';
  const size = containerSize(definition, overrideOf(overrides, name));
  const containers = view.definition.document.containerDefinitions ?? [];
  const from = containers
    .slice(0, at)
    .reduce((sum, each) => sum + containerGpuCount(each, overrideOf(overrides, each.name ?? '')), 0);
  const gpuCount = containerGpuCount(definition, overrideOf(overrides, name));
  const uuid = names.containerUuids[at] ?? '';
  return {
    containerArn: containerArn(scope, cluster.clusterName, { taskId: names.taskId, uuid }),
    name,
    image: definition.image ?? '',
    essential: definition.essential ?? true,
    lastStatus: 'PENDING',
    networkBindings: [],
    ...(gpuCount === 0 ? {} : { gpuIds: (view.gpuIds ?? []).slice(from, from + gpuCount) }),
    healthStatus: definition.healthCheck === undefined ? undefined : 'UNKNOWN',
    cpu: `${size.cpuUnits}`,
    memory: size.memoryMib === undefined ? undefined : `${size.memoryMib}`,
    memoryReservation: size.memoryReservationMib === undefined ? undefined : `${size.memoryReservationMib}`,
    ...(enableExecuteCommand && {
      managedAgent: { name: 'ExecuteCommandAgent', lastStatus: 'PENDING' } as const,
    }),
  };
}

/** Every container has an entry, if only with its name: that is how AWS answers. (TSK-3) */
function shownOverrides(
  containers: readonly ContainerDefinition[],
  overrides: TaskOverride | undefined,
): TaskOverride {
  const containerOverrides = containers.map(
    ({ name }) => overrideOf(overrides, name ?? '') ?? { name: name ?? '' },
  );
  return { ...overrides, containerOverrides, inferenceAcceleratorOverrides: [] };
}

function roles({ scope, definition, overrides, names }: NewTaskView): Partial<Task> {
  const taskRoleArn = fullRoleArn(scope, overrides?.taskRoleArn || definition.document.taskRoleArn);
  const executionRoleArn = fullRoleArn(
    scope,
    overrides?.executionRoleArn || definition.document.executionRoleArn,
  );
  return {
    taskRoleArn,
    executionRoleArn,
    taskRoleCredentialsId: taskRoleArn === undefined ? undefined : names.taskRoleCredentialsId,
    executionRoleCredentialsId: executionRoleArn === undefined ? undefined : names.executionRoleCredentialsId,
  };
}
