import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, platform, release, totalmem } from 'node:os';
import type { KernelLack, SecurityModule } from '../driver.ts';
import type { HostAccess } from './docker-options.ts';
import type { EngineClient } from './engine-client.ts';
import { missingCapabilities } from './kernel-capabilities.ts';
import type { CgroupKind } from './task-cgroup.ts';
import { detectCgroupKind } from './task-cgroup.ts';

/** What the engine says of itself. */
interface EngineInfo {
  readonly ServerVersion: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Architecture: string;
  readonly KernelVersion: string;
  readonly CgroupDriver?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly Plugins?: { readonly Log?: readonly string[] | null; readonly Volume?: readonly string[] | null };
  readonly SwapLimit?: boolean;
  readonly CgroupVersion?: string;
  readonly DockerRootDir?: string;
  readonly Runtimes?: Readonly<Record<string, unknown>> | null;
}

/** The engine and what this process may do beside it. */
export interface EngineHost {
  readonly version: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly architecture: 'x86_64' | 'arm64';
  /** This process is root beside the engine: it can make interfaces, and read the engine's files. */
  readonly isOurs: boolean;
  readonly cgroupKind: CgroupKind;
  readonly logDrivers: readonly string[];
  readonly securityModules: readonly SecurityModule[];
  readonly lacks: readonly KernelLack[];
  readonly volumeDrivers: readonly string[];
  readonly storageGib?: number | undefined;
  /** The engine brings GPUs into containers by itself. */
  readonly hasGpuRuntime: boolean;
  /** The tools are here by which faults are made in networks. */
  readonly hasFaultTools: boolean;
}

const FAULT_TOOLS = ['nsenter', 'iptables', 'tc'] as const;
const BYTES_PER_GIB = 1024 ** 3;
const TOOLS = ['ip', 'nsenter', 'iptables-save', 'iptables-restore'] as const;

/** Asks the engine once, and looks at the host. `missingTools` hears of the programs that task networking lacks. */
export async function readEngineHost(
  engine: EngineClient,
  { isRoot, programFolders }: HostAccess,
  missingTools: (names: readonly string[]) => void,
): Promise<EngineHost> {
  const info = await engine.call<EngineInfo>({ method: 'GET', path: '/info', step: 'engine' });
  const isRootless = (info.SecurityOptions ?? []).some((option) => option.includes('rootless'));
  // An engine in a virtual machine of its own (Docker Desktop) has another kernel than ours.
  const isBeside = platform() === 'linux' && release() === info.KernelVersion && !isRootless;
  const isOurHost = isBeside && isRoot;
  const missing = isOurHost ? await missingOf(TOOLS, programFolders) : [];
  if (missing.length > 0) missingTools(missing);
  return {
    version: info.ServerVersion,
    cpuCount: info.NCPU > 0 ? info.NCPU : availableParallelism(),
    memoryBytes: info.MemTotal > 0 ? info.MemTotal : totalmem(),
    architecture: architectureOf(info),
    isOurs: isOurHost && missing.length === 0,
    logDrivers: info.Plugins?.Log ?? ['json-file'],
    cgroupKind: isOurHost ? await detectCgroupKind(info.CgroupDriver ?? 'cgroupfs') : 'none',
    securityModules: securityModules(info),
    lacks: kernelLacks(info, isBeside ? await missingCapabilities() : []),
    hasFaultTools: await hasAll(isOurHost, FAULT_TOOLS, programFolders),
    hasGpuRuntime: info.Runtimes?.['nvidia'] !== undefined,
    volumeDrivers: info.Plugins?.Volume ?? [],
    storageGib: isBeside ? await storageGib(info.DockerRootDir) : undefined,
  };
}

const architectureOf = ({ Architecture }: EngineInfo): EngineHost['architecture'] =>
  Architecture === 'aarch64' || Architecture === 'arm64' ? 'arm64' : 'x86_64';

/** In whole GiB, as tasks ask for storage. */
async function storageGib(folder: string | undefined): Promise<number | undefined> {
  if (folder === undefined) return undefined;
  return statfs(folder).then(
    ({ bsize, blocks }) => Math.round((bsize * blocks) / BYTES_PER_GIB),
    () => undefined,
  );
}

const SECURITY_MODULES: readonly SecurityModule[] = ['apparmor', 'selinux'];

/** The engine lists options such as `name=apparmor` and `name=seccomp,profile=builtin`. */
function securityModules({ SecurityOptions: options }: EngineInfo): readonly SecurityModule[] {
  const names = new Set((options ?? []).map((option) => option.split(',')[0]));
  return SECURITY_MODULES.filter((name) => names.has(`name=${name}`));
}

/**
 * What of a container's settings this host cannot do: the engine would leave out without a word what the kernel does not
 * limit, and refuse every privileged container where one capability cannot be had. (RUN-35)
 */
export function kernelLacks(
  { SwapLimit, CgroupVersion }: Pick<EngineInfo, 'SwapLimit' | 'CgroupVersion'>,
  missingCapabilities: readonly string[],
): readonly KernelLack[] {
  return [
    ...(SwapLimit === false ? ['swap-limit' as const] : []),
    ...(CgroupVersion === '2' ? ['memory-swappiness' as const] : []),
    ...(missingCapabilities.length > 0 ? ['privileged' as const] : []),
    ...missingCapabilities.map((name) => `capability-${name}` as const),
  ];
}

const hasAll = async (
  isOurHost: boolean,
  names: readonly string[],
  folders: readonly string[],
): Promise<boolean> => isOurHost && (await missingOf(names, folders)).length === 0;

async function missingOf(names: readonly string[], folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map((name) => isSomewhere(name, folders)));
  return names.filter((_name, index) => !found[index]);
}

async function isSomewhere(name: string, folders: readonly string[]): Promise<boolean> {
  const looks = folders.map((folder) =>
    access(`${folder}/${name}`, constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(looks)).includes(true);
}
