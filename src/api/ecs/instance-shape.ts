import { instanceHealth } from '../../core/instance/health.ts';
import { versionInfoOf } from '../../core/instance/version-info.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Resources } from '../../domain/resources.ts';
import { providerOfHost } from '../../records/capacity-providers.ts';
import { daemonHealthOf } from '../../records/daemon-places.ts';
import { taskCountsOf } from '../../records/instances.ts';
import type {
  ContainerInstanceField,
  ContainerInstanceHealthStatus,
  ContainerInstance as ContainerInstanceShape,
  Resource,
} from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';

/** A host as the API answers it. Tags and health only when asked for. (INS-7) */
export function instanceShape(
  tx: ReadTx,
  instance: ContainerInstance,
  include: ReadonlySet<ContainerInstanceField>,
): ContainerInstanceShape {
  const { registered, reserved } = instance;
  const provider = providerOfHost(instance);
  const counts = taskCountsOf(tx, instance.containerInstanceArn);
  return {
    containerInstanceArn: instance.containerInstanceArn,
    ...(instance.ec2InstanceId === undefined ? {} : { ec2InstanceId: instance.ec2InstanceId }),
    version: instance.version,
    versionInfo: versionInfoOf(instance),
    registeredResources: resourceShapes(registered),
    remainingResources: resourceShapes({
      cpuUnits: registered.cpuUnits - reserved.cpuUnits,
      memoryMib: registered.memoryMib - reserved.memoryMib,
      tcpPorts: [...registered.tcpPorts, ...reserved.tcpPorts],
      udpPorts: [...registered.udpPorts, ...reserved.udpPorts],
      gpuIds: registered.gpuIds?.filter((id) => !reserved.gpuIds?.includes(id)),
    }),
    status: instance.status,
    ...(instance.statusReason === undefined ? {} : { statusReason: instance.statusReason }),
    ...(provider === undefined ? {} : { capacityProviderName: provider }),
    agentConnected: instance.agentConnected,
    runningTasksCount: counts.running,
    pendingTasksCount: counts.pending,
    attributes: instance.attributes,
    registeredAt: instance.registeredAt,
    attachments: [],
    tags: include.has('TAGS') ? instance.tags : [],
    ...(include.has('CONTAINER_INSTANCE_HEALTH') ? { healthStatus: healthShape(tx, instance) } : {}),
  };
}

const resourceShapes = ({
  cpuUnits,
  memoryMib,
  tcpPorts,
  udpPorts,
  gpuIds,
}: Resources): readonly Resource[] => [
  integer('CPU', cpuUnits),
  integer('MEMORY', memoryMib),
  stringSet('PORTS', tcpPorts.map(String)),
  stringSet('PORTS_UDP', udpPorts.map(String)),
  ...(gpuIds === undefined ? [] : [stringSet('GPU', gpuIds)]),
];

function healthShape(tx: ReadTx, instance: ContainerInstance): ContainerInstanceHealthStatus {
  const { overall, checks } = instanceHealth(instance, daemonHealthOf(tx, instance));
  const details = checks.map(({ type, status, updatedAt, changedAt }) => ({
    type,
    status,
    lastUpdated: updatedAt,
    lastStatusChange: changedAt,
  }));
  return { overallStatus: overall, details };
}

const integer = (name: string, value: number): Resource => ({
  name,
  type: 'INTEGER',
  doubleValue: 0,
  longValue: 0,
  integerValue: value,
});

const stringSet = (name: string, stringSetValue: readonly string[]): Resource => ({
  name,
  type: 'STRINGSET',
  doubleValue: 0,
  longValue: 0,
  integerValue: 0,
  stringSetValue,
});
