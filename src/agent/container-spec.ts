import { readPortRange } from '../core/task/port-range.ts';
import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import { isRecord } from '../link/envelope.ts';
import type { ContainerSpec, HealthCheck, PortRangeMapping, SandboxSpec } from '../runtime/driver.ts';
import { awslogsTarget, type LogTarget } from './awslogs-target.ts';
import type { FirelensPart } from './firelens.ts';
import { type ContainerMount, payloadOf, type TaskRecord, taskIdOf } from './task-record.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000;
const BYTES_PER_MIB = 1024 * 1024;
const CPU_UNITS_PER_VCPU = 1024;

type Fragment = Readonly<Record<string, unknown>>;

/** What the containers of a task share. */
export function sandboxSpec(payload: PayloadTask): SandboxSpec {
  const eni = payload.elasticNetworkInterfaces[0];
  return {
    taskId: taskIdOf(payload),
    networkMode: payload.networkMode,
    networkInterface:
      eni === undefined
        ? undefined
        : {
            macAddress: eni.macAddress,
            ipv4Address: eni.ipv4Addresses[0]?.privateAddress ?? '',
            gatewayCidr: eni.subnetGatewayIpv4Address,
            hostName: eni.privateDnsName,
          },
    cpuUnits: payload.cpu === undefined ? undefined : Math.round(payload.cpu * CPU_UNITS_PER_VCPU),
    memoryMib: payload.memory,
    pidMode: payload.pidMode === 'host' || payload.pidMode === 'task' ? payload.pidMode : undefined,
    ipcMode:
      payload.ipcMode === 'host' || payload.ipcMode === 'task' || payload.ipcMode === 'none'
        ? payload.ipcMode
        : undefined,
  };
}

/**
 * One container for the driver. What the protocol carries as engine JSON and the driver knows by a name of its own is
 * taken out of the JSON; the rest is passed on. awslogs is not passed on: the agent ships the lines itself. (AGT-11)
 */
export function containerSpec(
  record: TaskRecord,
  name: string,
  given: {
    readonly environment: Readonly<Record<string, string>>;
    /** Volume name → what to bind: a path of the host or an engine volume. */
    readonly volumeSources: ReadonlyMap<string, string>;
    readonly firelens?: Pick<FirelensPart, 'binds' | 'logConfig'> | undefined;
    /** Files with secrets, as the engine binds them. */
    readonly secretBinds?: readonly string[] | undefined;
    /** Options of the log driver that were read for this container. */
    readonly logOptions?: Readonly<Record<string, string>> | undefined;
  },
): ContainerSpec {
  const { payload } = record;
  const container = requiredContainer(record, name);
  const config = fragmentOf(container.dockerConfig.config);
  const hostConfig = fragmentOf(container.dockerConfig.hostConfig);
  const { User, WorkingDir, Healthcheck, Labels, ...engineConfig } = config;
  const { MemoryReservation, ...engineHostConfig } = hostConfig;
  return {
    taskId: taskIdOf(payload),
    containerName: name,
    engineName: record.containers.find((entry) => entry.name === name)?.engineName ?? name,
    image: container.image,
    labels: labelsOf(payload, name),
    environment: given.environment,
    entryPoint: container.entryPoint,
    command: container.command,
    user: textOr(User),
    workingDirectory: textOr(WorkingDir),
    cpuUnits: Math.max(2, container.cpu),
    memoryMib: container.memory > 0 ? container.memory : undefined,
    memoryReservationMib:
      typeof MemoryReservation === 'number' ? MemoryReservation / BYTES_PER_MIB : undefined,
    portMappings: container.portMappings.filter((mapping) => 'containerPort' in mapping),
    portRanges: portRangesOf(container),
    gpuIds: payload.associations?.flatMap(({ name: id, containers }) =>
      containers.includes(name) ? [id] : [],
    ),
    healthCheck: healthCheckOf(Healthcheck),
    engineConfig,
    engineHostConfig: {
      ...withLogOptions(withoutShippedLogs(engineHostConfig), given.logOptions ?? {}),
      ...(given.firelens?.logConfig === undefined ? {} : { LogConfig: given.firelens.logConfig }),
      ...nonEmptyList('Binds', [
        ...bindsOf(container, given.volumeSources),
        ...(given.secretBinds ?? []),
        ...(given.firelens?.binds ?? []),
      ]),
      ...nonEmptyList('VolumesFrom', volumesFromOf(record, container)),
      ...nonEmptyList('Links', linksOf(record, container)),
    },
    keepsUnreadOutput: losesNothing(hostConfig),
  };
}

/** The user that the definition names. */
export const userOf = (container: PayloadContainer): string | undefined =>
  textOr(fragmentOf(container.dockerConfig.config)['User']);

/** Where the container's output goes; undefined when it stays on the host. (AGT-13) */
export function logTargetOf(container: PayloadContainer, agentRegion: string): LogTarget | undefined {
  const logConfig = fragmentOf(container.dockerConfig.hostConfig)['LogConfig'];
  if (!isRecord(logConfig) || logConfig['Type'] !== 'awslogs' || !isRecord(logConfig['Config']))
    return undefined;
  return awslogsTarget(logConfig['Config'], agentRegion);
}

/** The engine's log driver and options as the definition named them, for the metadata. */
export function logConfigOf(container: PayloadContainer): { driver: string; options: Fragment } | undefined {
  const logConfig = fragmentOf(container.dockerConfig.hostConfig)['LogConfig'];
  if (!isRecord(logConfig)) return undefined;
  const options = logConfig['Config'];
  return { driver: String(logConfig['Type']), options: isRecord(options) ? options : {} };
}

function requiredContainer(record: TaskRecord, name: string): PayloadContainer {
  const container = payloadOf(record, name);
  if (container === undefined) throw new Error(`assertion failed: the task has a container ${name}`);
  return container;
}

/** The definition's own labels and, over them, those by which people and tools find the containers of a task. (AGT-11) */
export function labelsOf(payload: PayloadTask, name: string): Readonly<Record<string, string>> {
  const config = payload.containers.find((container) => container.name === name)?.dockerConfig.config;
  return {
    ...textsOf(fragmentOf(config ?? '')['Labels']),
    'com.amazonaws.ecs.cluster': payload.taskClusterArn.slice(payload.taskClusterArn.lastIndexOf('/') + 1),
    'com.amazonaws.ecs.container-name': name,
    'com.amazonaws.ecs.task-arn': payload.arn,
    'com.amazonaws.ecs.task-definition-family': payload.family,
    'com.amazonaws.ecs.task-definition-version': payload.version,
  };
}

function healthCheckOf(value: unknown): HealthCheck | undefined {
  if (!isRecord(value) || !Array.isArray(value['Test'])) return undefined;
  const seconds = (member: unknown): number => Number(member ?? 0) / NANOSECONDS_PER_SECOND;
  return {
    command: value['Test'].map(String),
    intervalSeconds: seconds(value['Interval']),
    timeoutSeconds: seconds(value['Timeout']),
    retries: Number(value['Retries'] ?? 0),
    startPeriodSeconds: seconds(value['StartPeriod']),
  };
}

function withoutShippedLogs(hostConfig: Fragment): Fragment {
  const { LogConfig, ...rest } = hostConfig;
  const isShipped = isRecord(LogConfig) && LogConfig['Type'] === 'awslogs';
  return LogConfig === undefined || isShipped ? rest : hostConfig;
}

/** Options that are secrets join those that the definition has in clear. (TSC-4) */
function withLogOptions(hostConfig: Fragment, options: Readonly<Record<string, string>>): Fragment {
  const { LogConfig } = hostConfig;
  if (!isRecord(LogConfig) || Object.keys(options).length === 0) return hostConfig;
  const config = isRecord(LogConfig['Config']) ? LogConfig['Config'] : {};
  return { ...hostConfig, LogConfig: { ...LogConfig, Config: { ...config, ...options } } };
}

/** In the blocking mode nothing that the container wrote may be lost. (LOG-22) */
function losesNothing({ LogConfig }: Fragment): boolean {
  if (!isRecord(LogConfig) || LogConfig['Type'] !== 'awslogs' || !isRecord(LogConfig['Config'])) return false;
  return LogConfig['Config']['mode'] !== 'non-blocking';
}

const bindsOf = (container: PayloadContainer, sources: ReadonlyMap<string, string>): readonly string[] =>
  mountsOf(container, sources).map(
    ({ source, destination, readOnly }) => `${source}:${destination}${readOnly ? ':ro' : ''}`,
  );

/** The volumes of the task that a container has. `sources`: volume name → what to bind. */
export const mountsOf = (
  container: PayloadContainer,
  sources: ReadonlyMap<string, string>,
): readonly (ContainerMount & { readonly readOnly: boolean })[] =>
  (container.mountPoints ?? []).flatMap(({ sourceVolume, containerPath: destination, readOnly }) => {
    const source = sources.get(sourceVolume);
    return source === undefined ? [] : [{ source, destination, readOnly: readOnly === true }];
  });

function volumesFromOf(record: TaskRecord, container: PayloadContainer): readonly string[] {
  return (container.volumesFrom ?? []).map(
    (from) => `${engineNameOf(record, from.sourceContainer)}${from.readOnly ? ':ro' : ''}`,
  );
}

function linksOf(record: TaskRecord, container: PayloadContainer): readonly string[] {
  return (container.links ?? []).map((link) => {
    const [target = '', alias = target] = link.split(':');
    return `${engineNameOf(record, target)}:${alias}`;
  });
}

/** The ranges of ports that a container is to be reached at, in bridge mode. */
export const portRangesOf = (container: PayloadContainer): readonly PortRangeMapping[] =>
  container.portMappings.flatMap((mapping) => {
    const range = 'containerPortRange' in mapping ? readPortRange(mapping.containerPortRange) : undefined;
    return range === undefined ? [] : [{ ...range, protocol: mapping.protocol }];
  });

const engineNameOf = (record: TaskRecord, name: string): string =>
  record.containers.find((container) => container.name === name)?.engineName ?? name;

const nonEmptyList = (name: string, list: readonly string[]): Fragment =>
  list.length === 0 ? {} : { [name]: list };

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : {};

const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function fragmentOf(json: string): Fragment {
  try {
    const value: unknown = JSON.parse(json === '' ? '{}' : json);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
