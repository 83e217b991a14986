import { interfaceDetails } from '../../core/task/interface-details.ts';
import type { Task, TaskContainer, TaskNetworkInterface } from '../../domain/task.ts';
import { containerInstances } from '../../records/collections.ts';
import type {
  Attachment,
  Attribute,
  Container as ContainerShape,
  Task as TaskShape,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';

const ARCHITECTURE = 'ecs.cpu-architecture';

/** A task as the API answers it. Tags are an empty list unless `hasTags`. (TSK-40) */
export function taskShape(tx: ReadTx, task: Task, hasTags: boolean): TaskShape {
  return {
    attachments: task.networkInterface === undefined ? [] : [attachmentShape(task.networkInterface)],
    attributes: attributesOf(tx, task),
    availabilityZone: task.availabilityZone,
    capacityProviderName: task.capacityProviderName,
    clusterArn: task.clusterArn,
    connectivity: task.connectivity,
    connectivityAt: task.connectivityAt,
    containers: task.containers.map((container) => containerShape(task, container)),
    cpu: task.cpu,
    createdAt: task.createdAt,
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: task.executionStoppedAt,
    group: task.group,
    healthStatus: task.healthStatus,
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    memory: task.memory,
    overrides: task.overrides,
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    startedAt: task.startedAt,
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedAt: task.stoppedAt,
    stoppedReason: task.stoppedReason,
    stoppingAt: task.stoppingAt,
    tags: hasTags ? task.tags : [],
    taskArn: task.taskArn,
    taskDefinitionArn: task.taskDefinitionArn,
    version: task.version,
    ...(task.launchType === 'FARGATE' ? fargateMembers(task) : { containerInstanceArn: task.instanceArn }),
  };
}

/** FARGATE tasks do not show where they run. */
function fargateMembers(task: Task): Partial<TaskShape> {
  const storage =
    task.ephemeralStorageGib === undefined ? undefined : { sizeInGiB: task.ephemeralStorageGib };
  return {
    platformVersion: task.platformVersion,
    platformFamily: 'Linux',
    ephemeralStorage: storage,
    // AWS adds it once the task has left PROVISIONING.
    fargateEphemeralStorage: task.lastStatus === 'PROVISIONING' ? undefined : storage,
  };
}

function attributesOf(tx: ReadTx, task: Task): readonly Attribute[] {
  if (task.instanceArn === undefined) return [];
  const host = tx.get(containerInstances, task.instanceArn);
  const value = host?.attributes.find(({ name }) => name === ARCHITECTURE)?.value;
  return value === undefined ? [] : [{ name: ARCHITECTURE, value }];
}

function attachmentShape(eni: TaskNetworkInterface): Attachment {
  return {
    id: eni.attachmentId,
    type: 'ElasticNetworkInterface',
    status: eni.status,
    details: interfaceDetails(eni),
  };
}

function containerShape(task: Task, container: TaskContainer): ContainerShape {
  const eni = task.networkInterface;
  return {
    containerArn: container.containerArn,
    taskArn: task.taskArn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: container.networkBindings,
    ...(container.gpuIds === undefined ? {} : { gpuIds: container.gpuIds }),
    networkInterfaces:
      eni === undefined || eni.status === 'PRECREATED'
        ? []
        : [{ attachmentId: eni.attachmentId, privateIpv4Address: eni.privateIpv4Address }],
    healthStatus: container.healthStatus ?? 'UNKNOWN',
    cpu: container.cpu,
    memory: container.memory,
    memoryReservation: container.memoryReservation,
    ...(container.managedAgent === undefined ? {} : { managedAgents: [container.managedAgent] }),
  };
}
