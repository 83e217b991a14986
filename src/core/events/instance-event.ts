import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Resources } from '../../domain/resources.ts';
import type { Instant } from '../../lib/clock.ts';
import { versionInfoOf } from '../instance/version-info.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

/** What an instance's event says beside its row. */
export interface InstanceFacts {
  readonly now: Instant;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
}

/**
 * The event of an instance's step, if clients can see the step: its version grew, and it is no host of the pool. (EVT-1)
 */
export function instanceEvents(
  before: ContainerInstance | undefined,
  after: ContainerInstance | undefined,
  facts: () => InstanceFacts,
): EventDraft[] {
  if (after === undefined || after.pool === 'FARGATE' || after.version <= (before?.version ?? 0)) return [];
  return [
    {
      detailType: 'ECS Container Instance State Change',
      resourceArn: after.containerInstanceArn,
      detail: instanceDetail(after, facts()),
    },
  ];
}

function instanceDetail(
  instance: ContainerInstance,
  { now, runningTasksCount, pendingTasksCount }: InstanceFacts,
): Readonly<Record<string, unknown>> {
  const { registered, reserved } = instance;
  return {
    agentConnected: instance.agentConnected,
    attachments: [],
    attributes: instance.attributes,
    clusterArn: instance.clusterArn,
    containerInstanceArn: instance.containerInstanceArn,
    ec2InstanceId: instance.ec2InstanceId,
    pendingTasksCount,
    registeredAt: detailTime(instance.registeredAt),
    registeredResources: resourceDetails(registered),
    remainingResources: resourceDetails({
      cpuUnits: registered.cpuUnits - reserved.cpuUnits,
      memoryMib: registered.memoryMib - reserved.memoryMib,
      tcpPorts: [...registered.tcpPorts, ...reserved.tcpPorts],
      udpPorts: [...registered.udpPorts, ...reserved.udpPorts],
    }),
    runningTasksCount,
    status: instance.status,
    statusReason: instance.statusReason,
    updatedAt: detailTime(now),
    version: instance.version,
    versionInfo: versionInfoOf(instance),
  };
}

const resourceDetails = ({ cpuUnits, memoryMib, tcpPorts, udpPorts }: Resources) => [
  { name: 'CPU', type: 'INTEGER', integerValue: cpuUnits },
  { name: 'MEMORY', type: 'INTEGER', integerValue: memoryMib },
  { name: 'PORTS', type: 'STRINGSET', stringSetValue: tcpPorts.map(String) },
  { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: udpPorts.map(String) },
];
