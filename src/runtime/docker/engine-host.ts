import { access, constants } from 'node:fs/promises';
import { availableParallelism, platform, release, totalmem } from 'node:os';
import type { HostAccess } from './docker-options.ts';
import type { EngineClient } from './engine-client.ts';
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
  readonly Plugins?: { readonly Log?: readonly string[] | null };
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
}

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
  const missing = isBeside && isRoot ? await missingOf(TOOLS, programFolders) : [];
  if (missing.length > 0) missingTools(missing);
  return {
    version: info.ServerVersion,
    cpuCount: info.NCPU > 0 ? info.NCPU : availableParallelism(),
    memoryBytes: info.MemTotal > 0 ? info.MemTotal : totalmem(),
    architecture: info.Architecture === 'aarch64' || info.Architecture === 'arm64' ? 'arm64' : 'x86_64',
    isOurs: isBeside && isRoot && missing.length === 0,
    logDrivers: info.Plugins?.Log ?? ['json-file'],
    cgroupKind: isBeside && isRoot ? await detectCgroupKind(info.CgroupDriver ?? 'cgroupfs') : 'none',
  };
}

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
