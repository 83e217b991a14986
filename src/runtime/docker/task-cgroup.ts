import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import type { SandboxSpec } from '../driver.ts';
import { runHostCommand } from './host-command.ts';

/** How the host's engine groups processes. */
export type CgroupKind = 'v1' | 'v2' | 'systemd' | 'none';

const ROOT = '/sys/fs/cgroup';
const PERIOD_MICROSECONDS = 100_000;
const LEAST_QUOTA_MICROSECONDS = 1000;
const BYTES_PER_MIB = 1024 * 1024;

/** Finds out how a task as a whole can be limited; `none` where this process may not write cgroups (RUN-50). */
export async function detectCgroupKind(engineDriver: string): Promise<CgroupKind> {
  if (engineDriver === 'systemd') return (await isWritable(ROOT)) ? 'systemd' : 'none';
  if (await isWritable(`${ROOT}/cgroup.subtree_control`)) return 'v2';
  return (await isWritable(`${ROOT}/memory`)) && (await isWritable(`${ROOT}/cpu`)) ? 'v1' : 'none';
}

/** The cgroup that holds a task's containers, and with it the task's own limits. */
export class TaskCgroups {
  readonly #kind: CgroupKind;
  readonly #tag: string;

  constructor(kind: CgroupKind, tag: string) {
    this.#kind = kind;
    this.#tag = tag;
  }

  /** Makes the cgroup and sets its limits. Resolves with the engine's name of it; undefined where it cannot be. */
  async prepare({ taskId, cpuUnits, memoryMib }: SandboxSpec): Promise<string | undefined> {
    const quota = cpuUnits === undefined ? undefined : quotaMicroseconds(cpuUnits);
    const bytes = memoryMib === undefined ? undefined : memoryMib * BYTES_PER_MIB;
    if (this.#kind === 'v1') return this.#prepareV1(taskId, quota, bytes);
    if (this.#kind === 'v2') return this.#prepareV2(taskId, quota, bytes);
    if (this.#kind === 'systemd') return this.#prepareSlice(taskId, quota, bytes);
    return undefined;
  }

  /** The engine's name of a task's cgroup, whether it is there or not. */
  nameOf(taskId: string): string | undefined {
    if (this.#kind === 'none') return undefined;
    return this.#kind === 'systemd'
      ? `gantry-${this.#tag}-${taskId}.slice`
      : `/gantry/${this.#tag}/${taskId}`;
  }

  /** Removes the cgroup. One that still holds processes, or that is not there, is left alone. */
  async release(taskId: string): Promise<void> {
    if (this.#kind === 'systemd') {
      await runHostCommand('systemctl', ['stop', `gantry-${this.#tag}-${taskId}.slice`]).catch(() => {});
    }
    const path = this.nameOf(taskId);
    if (this.#kind === 'v2') await removeEmpty(`${ROOT}${path}`);
    if (this.#kind !== 'v1') return;
    const controllers = await readdir(ROOT);
    await Promise.all(controllers.map((controller) => removeEmpty(`${ROOT}/${controller}${path}`)));
  }

  async #prepareV1(taskId: string, quota: number | undefined, bytes: number | undefined): Promise<string> {
    const path = `/gantry/${this.#tag}/${taskId}`;
    await Promise.all(['memory', 'cpu'].map((name) => mkdir(`${ROOT}/${name}${path}`, { recursive: true })));
    if (bytes !== undefined) await writeFile(`${ROOT}/memory${path}/memory.limit_in_bytes`, String(bytes));
    if (quota !== undefined) {
      await writeFile(`${ROOT}/cpu${path}/cpu.cfs_period_us`, String(PERIOD_MICROSECONDS));
      await writeFile(`${ROOT}/cpu${path}/cpu.cfs_quota_us`, String(quota));
    }
    return path;
  }

  async #prepareV2(taskId: string, quota: number | undefined, bytes: number | undefined): Promise<string> {
    const path = `/gantry/${this.#tag}/${taskId}`;
    await mkdir(`${ROOT}${path}`, { recursive: true });
    // Each level hands its controllers down to the next.
    for (const level of ['', '/gantry', `/gantry/${this.#tag}`, path]) {
      await writeFile(`${ROOT}${level}/cgroup.subtree_control`, '+cpu +memory +pids').catch(() => {});
    }
    if (bytes !== undefined) await writeFile(`${ROOT}${path}/memory.max`, String(bytes));
    if (quota !== undefined) await writeFile(`${ROOT}${path}/cpu.max`, `${quota} ${PERIOD_MICROSECONDS}`);
    return path;
  }

  async #prepareSlice(
    taskId: string,
    quota: number | undefined,
    bytes: number | undefined,
  ): Promise<string | undefined> {
    const slice = `gantry-${this.#tag}-${taskId}.slice`;
    const properties = [
      ...(bytes === undefined ? [] : [`MemoryMax=${bytes}`]),
      ...(quota === undefined ? [] : [`CPUQuota=${(quota * 100) / PERIOD_MICROSECONDS}%`]),
    ];
    try {
      await runHostCommand('systemctl', ['start', slice]);
      if (properties.length > 0)
        await runHostCommand('systemctl', ['set-property', '--runtime', slice, ...properties]);
      return slice;
    } catch {
      return undefined;
    }
  }
}

/**
 * Removes a cgroup, and first those in it that an engine left behind. All containers of it have ended: a process that is
 * still there is of one that the engine lost sight of when it died, and ends too. (HARD-11)
 */
async function removeEmpty(path: string): Promise<void> {
  const isGone = await rmdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (isGone) return;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeEmpty(`${path}/${entry.name}`);
  const pids = (await readFile(`${path}/cgroup.procs`, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  if (pids.length > 0)
    await runHostCommand('sh', ['-c', 'kill -s KILL "$@"', 'kill', ...pids]).catch(() => {});
  await rmdir(path).catch(() => {});
}

function quotaMicroseconds(cpuUnits: number): number {
  return Math.max(LEAST_QUOTA_MICROSECONDS, Math.round((cpuUnits / 1024) * PERIOD_MICROSECONDS));
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
