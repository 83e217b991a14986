import type { ContainerSpec, HealthCheck } from '../driver.ts';
import { LABELS } from './labels.ts';
import type { Sandbox } from './sandbox.ts';

/** A limit on a resource of a process, as the engine spells it. */
export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

/** What the driver adds to every container it makes. */
export interface ContainerDefaults {
  readonly owner: string;
  readonly ulimits: readonly Ulimit[];
}

type Fragment = Readonly<Record<string, unknown>>;

const BYTES_PER_MIB = 1024 * 1024;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const LEAST_CPU_SHARES = 2;
/** Members that tie a container to its task: a fragment cannot change them. */
const OWN_HOST_MEMBERS = ['NetworkMode', 'CgroupParent', 'PortBindings', 'Ulimits', 'LogConfig'] as const;
/** The shape of a log file that the driver reads: files of 64 MB (RUN-40). */
const LOG_FILE_SIZE = '64m';
const LOG_FILES_COUNT = 5;
/** Where unread output is kept; files that were read are emptied (RUN-45). */
const UNREAD_LOG_FILES_COUNT = 100;

/** The body of the engine's "create container" for a spec (RUN-30 to RUN-34). */
export function containerConfig(
  spec: ContainerSpec,
  sandbox: Sandbox,
  defaults: ContainerDefaults,
): Fragment {
  const config = spec.engineConfig ?? {};
  return {
    ...config,
    Image: spec.image,
    Labels: { ...textRecord(config['Labels']), ...spec.labels, ...ownLabels(spec, sandbox, defaults.owner) },
    Env: environment(config['Env'], spec.environment),
    ...(spec.entryPoint === undefined ? {} : { Entrypoint: spec.entryPoint }),
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workingDirectory === undefined ? {} : { WorkingDir: spec.workingDirectory }),
    // ECS runs no check but the task definition's own: the image's is switched off.
    Healthcheck: spec.healthCheck === undefined ? { Test: ['NONE'] } : healthCheck(spec.healthCheck),
    ...exposedPorts(spec, sandbox),
    HostConfig: hostConfig(spec, sandbox, defaults),
    ...linkedNetwork(spec, sandbox),
  };
}

function hostConfig(spec: ContainerSpec, sandbox: Sandbox, defaults: ContainerDefaults): Fragment {
  const fragment = spec.engineHostConfig ?? {};
  const memoryMib = spec.memoryMib ?? sandbox.fallbackMemoryMib;
  return {
    ...(memoryMib === undefined ? {} : { Memory: memoryMib * BYTES_PER_MIB }),
    ...(spec.memoryReservationMib === undefined
      ? {}
      : { MemoryReservation: spec.memoryReservationMib * BYTES_PER_MIB }),
    CpuShares: Math.max(LEAST_CPU_SHARES, spec.cpuUnits),
    ...(sandbox.fallbackCpuUnits === undefined
      ? {}
      : { NanoCpus: Math.round((sandbox.fallbackCpuUnits / 1024) * NANOSECONDS_PER_SECOND) }),
    ...omit(fragment, [...OWN_HOST_MEMBERS, ...membersOfTheNetwork(sandbox)]),
    NetworkMode: sandbox.engineNetworkMode,
    ...(sandbox.enginePidMode === undefined ? {} : { PidMode: sandbox.enginePidMode }),
    ...(sandbox.engineIpcMode === undefined ? {} : { IpcMode: sandbox.engineIpcMode }),
    ...(sandbox.cgroupParent === undefined ? {} : { CgroupParent: sandbox.cgroupParent }),
    LogConfig: logConfig(fragment['LogConfig'], spec.keepsUnreadOutput === true),
    Ulimits: ulimits(fragment['Ulimits'], defaults.ulimits),
    RestartPolicy: { Name: 'no' },
    ...(sandbox.networkMode === 'bridge' ? { PortBindings: portBindings(spec) } : {}),
  };
}

/** In a shared network namespace the engine refuses what belongs to the namespace; the driver does it there. */
function membersOfTheNetwork(sandbox: Sandbox): readonly string[] {
  if (sandbox.networkMode === 'awsvpc')
    return ['Dns', 'DnsSearch', 'DnsOptions', 'ExtraHosts', 'Links', 'PublishAllPorts'];
  return hasOwnNetwork(sandbox) ? ['Links'] : [];
}

function ownLabels(spec: ContainerSpec, sandbox: Sandbox, owner: string): Readonly<Record<string, string>> {
  return {
    [LABELS.owner]: owner,
    [LABELS.taskId]: spec.taskId,
    [LABELS.containerName]: spec.containerName,
    [LABELS.kind]: 'container',
    [LABELS.networkMode]: sandbox.networkMode,
  };
}

/** The spec's environment wins over the fragment's. */
function environment(fragment: unknown, own: Readonly<Record<string, string>>): readonly string[] {
  const inherited = textList(fragment).filter((text) => !Object.hasOwn(own, text.split('=', 1)[0] ?? ''));
  return [...inherited, ...Object.entries(own).map(([name, value]) => `${name}=${value}`)];
}

function healthCheck(check: HealthCheck): Fragment {
  return {
    Test: check.command,
    Interval: check.intervalSeconds * NANOSECONDS_PER_SECOND,
    Timeout: check.timeoutSeconds * NANOSECONDS_PER_SECOND,
    Retries: check.retries,
    StartPeriod: check.startPeriodSeconds * NANOSECONDS_PER_SECOND,
  };
}

function exposedPorts(spec: ContainerSpec, sandbox: Sandbox): Fragment {
  if (sandbox.networkMode !== 'bridge') return {};
  const ports = spec.portMappings.map(
    ({ containerPort, protocol }) => [`${containerPort}/${protocol}`, {}] as const,
  );
  return { ExposedPorts: Object.fromEntries(ports) };
}

/** Bound to IPv4 alone, as the ECS agent reports one binding for each mapping. */
function portBindings(spec: ContainerSpec): Fragment {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, hostPort, protocol } of spec.portMappings) {
    const key = `${containerPort}/${protocol}`;
    bindings[key] = [
      ...(bindings[key] ?? []),
      { HostIp: '0.0.0.0', HostPort: hostPort === 0 ? '' : String(hostPort) },
    ];
  }
  return bindings;
}

/** The driver's own network is not the engine's default one, where alone the engine honours `HostConfig.Links`. */
function linkedNetwork(spec: ContainerSpec, sandbox: Sandbox): Fragment {
  const links = textList(spec.engineHostConfig?.['Links']);
  if (!hasOwnNetwork(sandbox) || links.length === 0) return {};
  return { NetworkingConfig: { EndpointsConfig: { [sandbox.engineNetworkMode]: { Links: links } } } };
}

/** Bridge mode, but not on the engine's default network. */
function hasOwnNetwork({ networkMode, engineNetworkMode }: Sandbox): boolean {
  return networkMode === 'bridge' && engineNetworkMode !== 'bridge';
}

/** Logs bound for CloudWatch are shipped from a file; a driver that the definition names is the engine's (RUN-40). */
function logConfig(fragment: unknown, keepsUnread: boolean): unknown {
  const type =
    typeof fragment === 'object' && fragment !== null && 'Type' in fragment ? fragment.Type : undefined;
  if (type !== undefined && type !== '' && type !== 'awslogs') return fragment;
  const filesCount = keepsUnread ? UNREAD_LOG_FILES_COUNT : LOG_FILES_COUNT;
  return { Type: 'json-file', Config: { 'max-size': LOG_FILE_SIZE, 'max-file': String(filesCount) } };
}

function ulimits(fragment: unknown, defaults: readonly Ulimit[]): readonly Ulimit[] {
  const asked = Array.isArray(fragment) ? (fragment as Ulimit[]) : [];
  return [...defaults.filter(({ Name }) => !asked.some((ulimit) => ulimit.Name === Name)), ...asked];
}

function omit(fragment: Fragment, names: readonly string[]): Fragment {
  return Object.fromEntries(Object.entries(fragment).filter(([name]) => !names.includes(name)));
}

function textRecord(value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
