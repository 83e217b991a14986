import type { ContainerDefinition, HealthCheck, LinuxParameters } from '../../shapes/generated/ecs.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000;
const BYTES_PER_MIB = 1024 * 1024;

/** What AWS fills in for a health check that leaves members out, in seconds. */
const HEALTH_DEFAULTS = { interval: 30, timeout: 5, retries: 3, startPeriod: 0 } as const;

type Fragment = Readonly<Record<string, unknown>>;

/** The part of a container definition that travels as the engine's own container configuration. (PAY-3) */
export function engineConfig(definition: ContainerDefinition): Fragment {
  return present({
    User: definition.user,
    WorkingDir: definition.workingDirectory,
    Hostname: definition.hostname,
    Labels: definition.dockerLabels,
    Tty: definition.pseudoTerminal,
    OpenStdin: definition.interactive,
    NetworkDisabled: definition.disableNetworking,
    Healthcheck: definition.healthCheck === undefined ? undefined : engineHealthCheck(definition.healthCheck),
  });
}

/** The part of a container definition that travels as the engine's own host configuration. (PAY-3) */
export function engineHostConfig(
  definition: ContainerDefinition,
  rest: {
    readonly memoryMib: number;
    readonly memoryReservationMib?: number | undefined;
    readonly logConfig?: Fragment | undefined;
  },
): Fragment {
  return present({
    Privileged: definition.privileged,
    ReadonlyRootfs: definition.readonlyRootFilesystem,
    Ulimits: definition.ulimits?.map((limit) => ({
      Name: limit.name,
      Soft: limit.softLimit,
      Hard: limit.hardLimit,
    })),
    Dns: definition.dnsServers,
    DnsSearch: definition.dnsSearchDomains,
    ExtraHosts: definition.extraHosts?.map((host) => `${host.hostname}:${host.ipAddress}`),
    SecurityOpt: definition.dockerSecurityOptions?.map(securityOption),
    Sysctls: sysctls(definition),
    MemoryReservation: bytes(rest.memoryReservationMib),
    LogConfig: rest.logConfig,
    ...linuxFragment(definition.linuxParameters, rest.memoryMib),
  });
}

function linuxFragment(linux: LinuxParameters | undefined, memoryMib: number): Fragment {
  if (linux === undefined) return {};
  return {
    CapAdd: linux.capabilities?.add,
    CapDrop: linux.capabilities?.drop,
    Init: linux.initProcessEnabled,
    ShmSize: bytes(linux.sharedMemorySize),
    Devices: linux.devices?.map((device) => ({
      PathOnHost: device.hostPath,
      PathInContainer: device.containerPath ?? device.hostPath,
      CgroupPermissions: (device.permissions ?? ['read', 'write', 'mknod'])
        .map((word) => word.charAt(0))
        .join(''),
    })),
    Tmpfs: tmpfs(linux),
    // The engine's limit is memory and swap together. Without a limit the service ignores how eager swapping is.
    MemorySwap: linux.maxSwap === undefined ? undefined : (memoryMib + linux.maxSwap) * BYTES_PER_MIB,
    MemorySwappiness: linux.maxSwap === undefined ? undefined : linux.swappiness,
  };
}

function tmpfs(linux: LinuxParameters): Readonly<Record<string, string>> | undefined {
  const entries = linux.tmpfs?.map(
    (mount) =>
      [mount.containerPath, [`size=${mount.size}m`, ...(mount.mountOptions ?? [])].join(',')] as const,
  );
  return entries === undefined ? undefined : Object.fromEntries(entries);
}

/** The engine is done with the colon that the service still documents. */
const securityOption = (option: string): string => (option.includes('=') ? option : option.replace(':', '='));

function sysctls(definition: ContainerDefinition): Readonly<Record<string, string>> | undefined {
  const pairs = (definition.systemControls ?? []).flatMap(({ namespace, value }) =>
    namespace === undefined || value === undefined ? [] : [[namespace, value] as const],
  );
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function engineHealthCheck(check: HealthCheck): Fragment {
  return {
    Test: check.command,
    Interval: (check.interval ?? HEALTH_DEFAULTS.interval) * NANOSECONDS_PER_SECOND,
    Timeout: (check.timeout ?? HEALTH_DEFAULTS.timeout) * NANOSECONDS_PER_SECOND,
    Retries: check.retries ?? HEALTH_DEFAULTS.retries,
    StartPeriod: (check.startPeriod ?? HEALTH_DEFAULTS.startPeriod) * NANOSECONDS_PER_SECOND,
  };
}

const bytes = (mib: number | undefined): number | undefined =>
  mib === undefined ? undefined : mib * BYTES_PER_MIB;

/** Leaves out what is absent or an empty list or map: a fragment overrides what the agent computed. */
function present(fragment: Fragment): Fragment {
  return Object.fromEntries(Object.entries(fragment).filter(([, value]) => !isEmpty(value)));
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);
