import type {
  Device,
  LinuxParameters,
  ResourceRequirement,
  SystemControl,
  Tmpfs,
  Ulimit,
} from '../../shapes/generated/ecs.ts';
import { type ContainerRule, type Draft, forEachContainer, type Rule } from './draft.ts';

/** All names that `ulimits` knows. */
const ULIMITS: ReadonlySet<string> = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

/** All names that `capabilities` knows. */
const CAPABILITIES: ReadonlySet<string> = new Set([
  ...['ALL', 'AUDIT_CONTROL', 'AUDIT_WRITE', 'BLOCK_SUSPEND', 'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH'],
  ...['FOWNER', 'FSETID', 'IPC_LOCK', 'IPC_OWNER', 'KILL', 'LEASE', 'LINUX_IMMUTABLE', 'MAC_ADMIN'],
  ...['MAC_OVERRIDE', 'MKNOD', 'NET_ADMIN', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_RAW', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_CHROOT', 'SYS_MODULE', 'SYS_NICE'],
  ...['SYS_PACCT', 'SYS_PTRACE', 'SYS_RAWIO', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'SYSLOG'],
  'WAKE_ALARM',
]);

/** Mount options of a tmpfs that stand by themselves, and those that take a value. */
const TMPFS_FLAGS: ReadonlySet<string> = new Set(
  (
    'defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime ' +
    'diratime nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave rslave ' +
    'relatime norelatime strictatime nostrictatime'
  ).split(' '),
);
const TMPFS_VALUE = /^(?:mode|uid|gid|nr_inodes|nr_blocks|mpol)=.+$/;
const PERMISSIONS: ReadonlySet<string> = new Set(['read', 'write', 'mknod']);
const SWAPPINESS_MAX = 100;

/** Kernel parameters that belong to an IPC namespace. Those that begin with `net.` belong to a network namespace. */
const IPC_CONTROL =
  /^(?:kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;
const NETWORK_CONTROL = /^net\..+$/;

const PID_MODES: ReadonlySet<string> = new Set(['host', 'task']);
const IPC_MODES: ReadonlySet<string> = new Set(['host', 'task', 'none']);

const rules: readonly ContainerRule[] = [
  ({ name, ulimits = [] }) => brokenUlimit(name, ulimits),
  ({ name, linuxParameters = {} }) => brokenCapability(name, linuxParameters),
  ({ name, linuxParameters = {} }) =>
    (linuxParameters.devices ?? []).some(isBrokenDevice) ? invalid('devices', name) : undefined,
  ({ name, linuxParameters = {} }) =>
    (linuxParameters.tmpfs ?? []).some(isBrokenTmpfs) ? invalid('tmpfs', name) : undefined,
  ({ name, linuxParameters = {} }) => brokenAmount(name, linuxParameters),
  ({ name, resourceRequirements = [] }) => brokenRequirement(name, resourceRequirements),
  ({ name, systemControls = [] }, draft) => brokenControl(name, systemControls, draft),
];

/** What the kernel of a host is asked for: limits, capabilities, devices, memory, parameters. (TDF-50 to TDF-53) */
export const linuxRules: readonly Rule[] = [
  forEachContainer(rules),
  ({ request }) =>
    request.pidMode === undefined || PID_MODES.has(request.pidMode)
      ? undefined
      : "Invalid 'pidMode' setting for task.",
  ({ request }) =>
    request.ipcMode === undefined || IPC_MODES.has(request.ipcMode)
      ? undefined
      : "Invalid 'ipcMode' setting for task.",
];

const invalid = (member: string, container: string | undefined): string =>
  `Invalid '${member}' setting for container '${container}'.`;

function brokenUlimit(container: string | undefined, ulimits: readonly Ulimit[]): string | undefined {
  const names = ulimits.map(({ name }) => name ?? '');
  if (names.some((name) => !ULIMITS.has(name)) || new Set(names).size < names.length)
    return invalid('ulimits', container);
  for (const { name, softLimit, hardLimit } of ulimits) {
    if (softLimit === undefined || hardLimit === undefined) return invalid('ulimits', container);
    // -1 is no limit at all.
    const isAbove = softLimit === -1 ? hardLimit !== -1 : hardLimit !== -1 && softLimit > hardLimit;
    if (isAbove) return `Soft limit exceeds hard limit for ulimit ${name}`;
  }
  return undefined;
}

function brokenCapability(
  container: string | undefined,
  { capabilities }: LinuxParameters,
): string | undefined {
  const names = [...(capabilities?.add ?? []), ...(capabilities?.drop ?? [])];
  return names.every((name) => CAPABILITIES.has(name)) ? undefined : invalid('capabilities', container);
}

/** The number of GPUs is a positive whole number in digits, or all of them. */
const GPU_COUNT = /^(?:[1-9]\d{0,2}|ALL)$/;

/** The text for requirements that cannot be; undefined when all can. (TDF-55) */
export function brokenRequirement(
  container: string | undefined,
  requirements: readonly ResourceRequirement[],
): string | undefined {
  const gpus = requirements.filter(({ type }) => type === 'GPU');
  const isValid =
    gpus.length <= 1 &&
    gpus.every(({ value, sharingStrategy }) =>
      sharingStrategy === undefined ? GPU_COUNT.test(value ?? '') : value === undefined,
    );
  return isValid ? undefined : invalid('resourceRequirements', container);
}

const isBrokenDevice = ({ hostPath, permissions = [] }: Device): boolean =>
  (hostPath ?? '') === '' || permissions.some((permission) => !PERMISSIONS.has(permission));

const isBrokenTmpfs = ({ containerPath = '', size = 0, mountOptions = [] }: Tmpfs): boolean =>
  !containerPath.startsWith('/') ||
  size < 1 ||
  mountOptions.some((option) => !TMPFS_FLAGS.has(option) && !TMPFS_VALUE.test(option));

function brokenAmount(
  container: string | undefined,
  { sharedMemorySize = 0, maxSwap = 0, swappiness = 0 }: LinuxParameters,
): string | undefined {
  if (sharedMemorySize < 0) return invalid('sharedMemorySize', container);
  if (maxSwap < 0) return invalid('maxSwap', container);
  return swappiness < 0 || swappiness > SWAPPINESS_MAX ? invalid('swappiness', container) : undefined;
}

/** A parameter belongs to a namespace, and the host's own namespaces are not a task's to change. */
function brokenControl(
  container: string | undefined,
  controls: readonly SystemControl[],
  { request, networkMode }: Draft,
): string | undefined {
  for (const { namespace = '', value } of controls) {
    const isNetwork = NETWORK_CONTROL.test(namespace);
    if ((!isNetwork && !IPC_CONTROL.test(namespace)) || (value ?? '') === '')
      return invalid('systemControls', container);
    if (isNetwork && networkMode === 'host')
      return `System control ${namespace} is not supported when networkMode=host.`;
    if (!isNetwork && (request.ipcMode === 'host' || request.ipcMode === 'none'))
      return `System control ${namespace} is not supported when ipcMode=${request.ipcMode}.`;
  }
  return undefined;
}
