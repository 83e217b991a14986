import {
  type ContainerStateChange,
  type ManagedAgentStateChange,
  REASON_MAX_LENGTH,
  type TaskStateChange,
} from '../link/ecs-calls.ts';
import type { PortBinding, PortRangeMapping } from '../runtime/driver.ts';
import { portRangesOf } from './container-spec.ts';
import { type ContainerRecord, payloadOf, type TaskRecord, withContainer } from './task-record.ts';

/** A report that is due, and the record as it is once the control plane has accepted it. */
export interface DueReport {
  readonly change: TaskStateChange;
  /** Applied to the record of that later moment. */
  accepted(record: TaskRecord): TaskRecord;
  /** Nobody waits for it: it may be held back for a moment to gather more. */
  readonly isBatchable: boolean;
}

/**
 * What the control plane has not been told yet, or undefined. PENDING carries digests only, RUNNING comes once all
 * containers have been up, STOPPED at the end. (AGT-7)
 */
export function dueReport(record: TaskRecord, cluster: string): DueReport | undefined {
  if (record.sent === 'STOPPED') return undefined;
  const changes = record.containers.flatMap((container) => stepsOf(record, container));
  if (record.isStopped && record.wasRunning && record.sent !== 'RUNNING') {
    const starts = changes.filter((change) => change.status === 'RUNNING');
    return report(record, cluster, { status: 'RUNNING', changes: starts });
  }
  if (record.isStopped) return report(record, cluster, { status: 'STOPPED', changes });
  if (record.wasRunning && (record.sent !== 'RUNNING' || changes.length > 0)) {
    return report(record, cluster, { status: 'RUNNING', changes });
  }
  if (record.wasRunning || record.sent !== 'NONE' || record.isEnding) return undefined;
  const digests = changes.filter(
    ({ status, imageDigest }) => status === 'PENDING' && imageDigest !== undefined,
  );
  const isPulled = record.containers.every(({ phase }) => phase !== 'NONE');
  return isPulled && digests.length > 0
    ? report(record, cluster, { status: 'PENDING', changes: digests })
    : undefined;
}

function report(
  record: TaskRecord,
  cluster: string,
  { status, changes }: { status: TaskStateChange['status']; changes: readonly ContainerStateChange[] },
): DueReport {
  return {
    change: {
      cluster,
      task: record.payload.arn,
      status,
      reason: (record.reason ?? '').slice(0, REASON_MAX_LENGTH),
      pullStartedAt: seconds(record.pullStartedAtMs),
      pullStoppedAt: seconds(record.pullStoppedAtMs),
      executionStoppedAt: seconds(record.executionStoppedAtMs),
      containers: changes,
      managedAgents: managedAgentSteps(record, changes),
    },
    accepted: (later) => {
      let next: TaskRecord = { ...later, sent: status };
      for (const change of changes) next = withContainer(next, change.containerName, { sent: change.status });
      return next;
    },
    isBatchable: status === 'RUNNING' && record.sent === 'RUNNING',
  };
}

/** Commands can be run in a container as soon as it runs, and no longer: its managed agent is what the container is. (EXE-8) */
function managedAgentSteps(
  record: TaskRecord,
  changes: readonly ContainerStateChange[],
): readonly ManagedAgentStateChange[] | undefined {
  const steps = changes.flatMap(({ containerName, status }): readonly ManagedAgentStateChange[] => {
    const agents = payloadOf(record, containerName)?.managedAgents ?? [];
    if (agents.length === 0 || status === 'PENDING') return [];
    const reason = status === 'RUNNING' ? 'ExecuteCommandAgent started' : 'Received Container Stopped event';
    return [{ containerName, managedAgentName: 'ExecuteCommandAgent', status, reason }];
  });
  return steps.length === 0 ? undefined : steps;
}

/** A container that ended before its start was reported appears twice, in order. */
function stepsOf(record: TaskRecord, container: ContainerRecord): readonly ContainerStateChange[] {
  const { phase, sent } = container;
  const isBeforeRunning = sent === 'NONE' || sent === 'PENDING';
  if (phase === 'STOPPED') {
    if (sent === 'STOPPED') return [];
    const ended = entry(record, container, 'STOPPED');
    return container.wasRunning && isBeforeRunning ? [entry(record, container, 'RUNNING'), ended] : [ended];
  }
  if (phase === 'RUNNING') return isBeforeRunning ? [entry(record, container, 'RUNNING')] : [];
  return sent === 'NONE' && phase !== 'NONE' ? [entry(record, container, 'PENDING')] : [];
}

function entry(
  record: TaskRecord,
  container: ContainerRecord,
  status: ContainerStateChange['status'],
): ContainerStateChange {
  return {
    containerName: container.name,
    status,
    runtimeId: container.runtimeId,
    imageDigest: container.imageDigest,
    exitCode: container.exitCode,
    reason: container.reason?.slice(0, REASON_MAX_LENGTH),
    ...(container.bindings.length > 0 && { networkBindings: reportedBindings(record, container) }),
  };
}

/** Ports of a range are told as one, with the range of host ports that leads to them. (AGT-7) */
function reportedBindings(
  record: TaskRecord,
  { name, bindings }: ContainerRecord,
): NonNullable<ContainerStateChange['networkBindings']> {
  const payload = payloadOf(record, name);
  const ranges = payload === undefined ? [] : portRangesOf(payload);
  const isIn = (range: PortRangeMapping, { containerPort, protocol }: PortBinding): boolean =>
    protocol === range.protocol && containerPort >= range.first && containerPort <= range.last;
  const rows = ranges.flatMap((range) => {
    const inside = bindings.filter((binding) => isIn(range, binding));
    const [first] = inside;
    if (first === undefined) return [];
    const hostPorts = inside.map(({ hostPort }) => hostPort);
    return [
      {
        bindIP: first.bindIp,
        containerPortRange: `${range.first}-${range.last}`,
        hostPortRange: `${Math.min(...hostPorts)}-${Math.max(...hostPorts)}`,
        protocol: range.protocol,
      },
    ];
  });
  const single = bindings.filter((binding) => !ranges.some((range) => isIn(range, binding)));
  return [
    ...single.map(({ bindIp: bindIP, containerPort, hostPort, protocol }) => ({
      bindIP,
      containerPort,
      hostPort,
      protocol,
    })),
    ...rows,
  ];
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
