import { EXEC_ATTRIBUTE } from '../core/instance/attributes.ts';
import { STORAGE_ATTRIBUTE } from '../core/placement/placement-view.ts';
import type { AgentAttribute, AgentResource } from '../link/ecs-calls.ts';
import type { RuntimeInfo } from '../runtime/driver.ts';

/** What an operator may say of a host. */
export interface HostOffer {
  /** Replaces what the engine reports. */
  readonly cpuUnits?: number | undefined;
  readonly memoryMib?: number | undefined;
  /** Kept back from the tasks. */
  readonly reservedMemoryMib?: number | undefined;
  /** The host's own ports, which tasks cannot have. */
  readonly reservedTcpPorts?: readonly number[] | undefined;
  /** Custom attributes. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** How it reaches the file systems of EFS; absent: not at all. */
  readonly efs?: 'directory' | 'nfs' | undefined;
  /** Whether the host serves the pool behind FARGATE instead of one cluster. */
  readonly servesPool: boolean;
  /** The capacity provider that the host belongs to. */
  readonly capacityProvider?: string | undefined;
  /** Whether the host is registered as EXTERNAL. */
  readonly isExternal: boolean;
}

/** The ports that the ECS agent keeps back by default. (AGT-1) */
const RESERVED_TCP_PORTS = [22, 2375, 2376, 51678, 51679];

/** `totalResources` of a registration. (AGT-1) */
export function totalResources(info: RuntimeInfo, offer: HostOffer): readonly AgentResource[] {
  const memoryMib = (offer.memoryMib ?? info.memoryMib) - (offer.reservedMemoryMib ?? 0);
  const ports = offer.reservedTcpPorts ?? RESERVED_TCP_PORTS;
  return [
    { name: 'CPU', type: 'INTEGER', integerValue: Math.trunc(offer.cpuUnits ?? info.cpuUnits) },
    { name: 'MEMORY', type: 'INTEGER', integerValue: Math.max(0, Math.trunc(memoryMib)) },
    { name: 'PORTS', type: 'STRINGSET', stringSetValue: ports.map(String) },
    { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
  ];
}

/** Names of capabilities that do not depend on the host. */
const CAPABILITIES = [
  ...Array.from(
    { length: 28 },
    (_, index) => `com.amazonaws.ecs.capability.docker-remote-api.1.${17 + index}`,
  ),
  'com.amazonaws.ecs.capability.logging-driver.awslogs',
  'ecs.capability.execution-role-awslogs',
  'com.amazonaws.ecs.capability.ecr-auth',
  'ecs.capability.execution-role-ecr-pull',
  'com.amazonaws.ecs.capability.task-iam-role',
  'com.amazonaws.ecs.capability.task-iam-role-network-host',
  'ecs.capability.task-cpu-mem-limit',
  'ecs.capability.increased-task-cpu-limit',
  'ecs.capability.container-health-check',
  'ecs.capability.container-ordering',
  'ecs.capability.container-restart-policy',
  'ecs.capability.env-files.s3',
  'ecs.capability.private-registry-authentication.secretsmanager',
  'ecs.capability.secrets.asm.environment-variables',
  'ecs.capability.secrets.ssm.environment-variables',
  'ecs.capability.secrets.asm.bootstrap.log-driver',
  'ecs.capability.secrets.ssm.bootstrap.log-driver',
  'ecs.capability.execute-command',
  EXEC_ATTRIBUTE,
  'ecs.capability.pid-ipc-namespace-sharing',
  'ecs.capability.network.container-port-range',
];

/** A driver's name without a tag, where an attribute may be called so. */
function pluginCapability(driver: string): readonly string[] {
  const name = driver.replace(/:latest$/, '');
  return /^[\w/.-]{1,90}$/.test(name) ? [`ecs.capability.docker-plugin.${name}`] : [];
}

/** `platformDevices` of a registration; undefined without any. (AGT-1) */
export function platformDevices({
  gpuIds,
}: Pick<RuntimeInfo, 'gpuIds'>): readonly { readonly id: string; readonly type: 'GPU' }[] | undefined {
  return gpuIds.length === 0 ? undefined : gpuIds.map((id) => ({ id, type: 'GPU' }));
}

/** `attributes` of a registration: what this host can do, what it is, and what the operator says of it. (AGT-1) */
export function hostAttributes(info: RuntimeInfo, offer: HostOffer): readonly AgentAttribute[] {
  const names = [
    ...CAPABILITIES,
    ...logCapabilities(info.logDrivers),
    ...(info.logDrivers.includes('fluentd') ? FIRELENS_CAPABILITIES : []),
    ...(info.lacks.includes('privileged') ? [] : ['com.amazonaws.ecs.capability.privileged-container']),
    ...(info.hasTaskNetworking ? ['ecs.capability.task-eni'] : []),
    ...(info.hasNetworkFaults ? ['ecs.capability.fault-injection'] : []),
    ...info.volumeDrivers.flatMap(pluginCapability),
    ...(offer.efs === undefined ? [] : ['ecs.capability.efs', 'ecs.capability.efsAuth']),
    // The engine's mounts of NFS are as plain as the server lets them be.
    ...(offer.efs === 'nfs' ? ['gantry.lacks.efs-transit-encryption'] : []),
    ...info.securityModules.map((name) => `com.amazonaws.ecs.capability.${name}`),
    ...info.lacks.filter((name) => name !== 'privileged').map((name) => `gantry.lacks.${name}`),
    ...(offer.isExternal ? ['ecs.capability.external'] : []),
  ];
  return [
    ...names.map((name) => ({ name })),
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
    { name: 'ecs.cpu-architecture', value: info.architecture },
    ...(info.storageGib === undefined ? [] : [{ name: STORAGE_ATTRIBUTE, value: `${info.storageGib}` }]),
    { name: 'gantry.host-cpu-units', value: String(Math.trunc(info.cpuUnits)) },
    ...(offer.servesPool ? [{ name: 'gantry.pool', value: 'FARGATE' }] : []),
    ...(offer.capacityProvider === undefined
      ? []
      : [{ name: 'gantry.capacity-provider', value: offer.capacityProvider }]),
    ...Object.entries(offer.attributes ?? {}).map(([name, value]) => ({ name, value })),
  ];
}

/** What the engine calls the drivers that ECS knows; awslogs is our own, and awsfirelens needs the engine's fluentd. */
const ENGINE_LOG_DRIVERS = ['json-file', 'syslog', 'journald', 'gelf', 'fluentd', 'splunk', 'none', 'local'];

/** Log routers get the output of other containers from the engine's fluentd driver. (FLN-1) */
const FIRELENS_CAPABILITIES = [
  'com.amazonaws.ecs.capability.logging-driver.awsfirelens',
  'ecs.capability.firelens.fluentd',
  'ecs.capability.firelens.fluentbit',
  'ecs.capability.firelens.options.config.file',
  'ecs.capability.firelens.options.config.s3',
];

/** The log drivers of the engine as capabilities. (AGT-1, LOG-24) */
function logCapabilities(engineDrivers: readonly string[]): readonly string[] {
  const offered = ENGINE_LOG_DRIVERS.filter((driver) => driver === 'none' || engineDrivers.includes(driver));
  return offered.map((driver) => `com.amazonaws.ecs.capability.logging-driver.${driver}`);
}
