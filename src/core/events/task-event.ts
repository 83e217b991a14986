import type { Task, TaskContainer, TaskNetworkInterface } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';
import type { Attribute } from '../../shapes/generated/ecs.ts';
import { interfaceDetails } from '../task/interface-details.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

/** What a task's event says beside its row. */
export interface TaskFacts {
  readonly now: Instant;
  /** Those of its host that a task shows. */
  readonly attributes: () => readonly Attribute[];
}

/** The event of a task's step, if clients can see the step: its version grew. (EVT-1) */
export function taskEvents(
  before: Task | undefined,
  after: Task | undefined,
  facts: TaskFacts,
): EventDraft[] {
  if (after === undefined || after.version <= (before?.version ?? 0)) return [];
  return [
    {
      detailType: 'ECS Task State Change',
      resourceArn: after.taskArn,
      serviceArn: after.serviceArn,
      detail: taskDetail(after, facts),
    },
  ];
}

/** The members of the API's answer that events have too; health and tags are not among them. */
function taskDetail(task: Task, { now, attributes }: TaskFacts): Readonly<Record<string, unknown>> {
  const eni = task.networkInterface;
  return {
    attachments: eni === undefined ? [] : [attachment(eni)],
    attributes: attributes(),
    availabilityZone: task.availabilityZone,
    clusterArn: task.clusterArn,
    connectivity: task.connectivity,
    connectivityAt: detailTime(task.connectivityAt),
    containers: task.containers.map((container) => containerDetail(task, container)),
    cpu: task.cpu,
    createdAt: detailTime(task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: detailTime(task.executionStoppedAt),
    group: task.group,
    lastStatus: task.lastStatus,
    memory: task.memory,
    overrides: { ...task.overrides, containerOverrides: task.overrides.containerOverrides ?? [] },
    pullStartedAt: detailTime(task.pullStartedAt),
    pullStoppedAt: detailTime(task.pullStoppedAt),
    startedAt: detailTime(task.startedAt),
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedAt: detailTime(task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stoppingAt: detailTime(task.stoppingAt),
    taskArn: task.taskArn,
    taskDefinitionArn: task.taskDefinitionArn,
    updatedAt: detailTime(now),
    version: task.version,
    ...placeMembers(task),
  };
}

/** A task shows its capacity provider or its launch type, and where it runs unless that is FARGATE. */
function placeMembers(task: Task): Readonly<Record<string, unknown>> {
  const start =
    task.capacityProviderName === undefined
      ? { launchType: task.launchType }
      : { capacityProviderName: task.capacityProviderName };
  if (task.launchType !== 'FARGATE') return { ...start, containerInstanceArn: task.instanceArn };
  const sizeInGiB = task.ephemeralStorageGib;
  return {
    ...start,
    platformVersion: task.platformVersion,
    ephemeralStorage: sizeInGiB === undefined ? undefined : { sizeInGiB },
  };
}

/** Events call the type `eni`. */
function attachment(eni: TaskNetworkInterface): Readonly<Record<string, unknown>> {
  return { id: eni.attachmentId, type: 'eni', status: eni.status, details: interfaceDetails(eni) };
}

function containerDetail(task: Task, container: TaskContainer): Readonly<Record<string, unknown>> {
  const eni = task.networkInterface;
  return {
    containerArn: container.containerArn,
    cpu: container.cpu,
    exitCode: container.exitCode,
    image: container.image,
    imageDigest: container.imageDigest,
    lastStatus: container.lastStatus,
    memory: container.memory,
    memoryReservation: container.memoryReservation,
    name: container.name,
    networkBindings: container.networkBindings,
    networkInterfaces:
      eni === undefined || eni.status === 'PRECREATED'
        ? []
        : [{ attachmentId: eni.attachmentId, privateIpv4Address: eni.privateIpv4Address }],
    reason: container.reason,
    runtimeId: container.runtimeId,
    taskArn: task.taskArn,
    ...(task.lastStatus === 'STOPPED' && { gantryHealthChecks: container.healthChecks }),
  };
}
