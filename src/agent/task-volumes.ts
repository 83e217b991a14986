import type { VolumeSpec } from '../domain/engine-volume.ts';
import type { PayloadTask, PayloadVolume } from '../domain/task-payload.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { RuntimeError } from '../runtime/driver.ts';
import { type EfsSource, efsFolder, nfsOptions } from './efs-folder.ts';
import { taskIdOf } from './task-record.ts';

/** Makes and removes what the volumes of a task are on the host. */
export interface TaskVolumes {
  /** Volume name → what containers bind: a path of the host or the name of an engine volume. May be repeated. */
  prepare(payload: PayloadTask): Promise<ReadonlyMap<string, string>>;
  /** Removes what goes with the task; its containers are gone. May be repeated. */
  remove(payload: PayloadTask): Promise<void>;
}

/** What volumes are made with. */
export interface VolumeDeps {
  readonly driver: Pick<RuntimeDriver, 'createVolume' | 'findVolume' | 'removeVolume'>;
  readonly efs?: EfsSource | undefined;
}

/**
 * The volumes of tasks. One without a source is the engine's and lives as long as its task: what the image has at the
 * place of the mount is copied into it, and its owner and mode are the image's. (VOL-1 to VOL-6)
 */
export function taskVolumes(deps: VolumeDeps): TaskVolumes {
  const prepared = new Map<string, Promise<ReadonlyMap<string, string>>>();
  return {
    prepare: (payload) => {
      const taskId = taskIdOf(payload);
      const known = prepared.get(taskId);
      if (known !== undefined) return known;
      const made = sourcesOf(deps, payload).catch((error: unknown) => {
        prepared.delete(taskId);
        throw error;
      });
      prepared.set(taskId, made);
      return made;
    },
    remove: async (payload) => {
      prepared.delete(taskIdOf(payload));
      for (const volume of payload.volumes) {
        const spec = engineVolume(deps, payload, volume);
        if (spec?.taskId !== undefined) await deps.driver.removeVolume(spec.name);
      }
    },
  };
}

async function sourcesOf(deps: VolumeDeps, payload: PayloadTask): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  for (const volume of payload.volumes) sources.set(volume.name, await sourceOf(deps, payload, volume));
  return sources;
}

async function sourceOf(deps: VolumeDeps, payload: PayloadTask, volume: PayloadVolume): Promise<string> {
  const sourcePath = volume.host?.sourcePath ?? '';
  if (sourcePath !== '') return sourcePath;
  if (volume.efsVolumeConfiguration !== undefined && deps.efs?.kind === 'directory') {
    return efsFolder(deps.efs.path, volume.efsVolumeConfiguration);
  }
  const spec = engineVolume(deps, payload, volume);
  if (spec === undefined) {
    throw new RuntimeError('volume', `this host has no EFS file systems: ${volume.name} cannot be mounted`);
  }
  if (volume.dockerVolumeConfiguration?.scope === 'shared') await checkShared(deps, volume, spec);
  await deps.driver.createVolume(spec);
  return spec.name;
}

/** The engine's volume behind a volume of a task; undefined where none is needed or none can be made. */
function engineVolume(
  { efs }: VolumeDeps,
  payload: PayloadTask,
  { name, host, dockerVolumeConfiguration: docker, efsVolumeConfiguration: file }: PayloadVolume,
): VolumeSpec | undefined {
  if ((host?.sourcePath ?? '') !== '') return undefined;
  const taskId = taskIdOf(payload);
  const own = {
    name: `ecs-${payload.family}-${payload.version}-${name}-${taskId.slice(0, 20)}`,
    taskId,
    driver: 'local',
    driverOptions: {},
    labels: {},
  };
  if (file !== undefined) {
    return efs?.kind === 'nfs' ? { ...own, driverOptions: nfsOptions(efs, file) } : undefined;
  }
  if (docker === undefined) return own;
  const { driver, driverOpts: driverOptions = {}, labels = {}, scope } = docker;
  const made = { driver, driverOptions, labels };
  return scope === 'shared' ? { ...made, name } : { ...own, ...made };
}

/** A shared volume is the one of its name: it must be there, unless it may be made; and be what is asked for. (VOL-4) */
async function checkShared({ driver }: VolumeDeps, volume: PayloadVolume, spec: VolumeSpec): Promise<void> {
  const isProvisioned = volume.dockerVolumeConfiguration?.autoprovision === true;
  const found = await driver.findVolume(spec.name);
  if (found === undefined) {
    if (isProvisioned) return;
    const text = `the shared volume ${spec.name} is not on this host, and autoprovision is off`;
    throw new RuntimeError('volume', text);
  }
  // The volume of that name will do as it is, unless this task would have made it otherwise.
  const isAsAsked =
    found.driver === spec.driver &&
    holds(found.driverOptions, spec.driverOptions) &&
    holds(found.labels, spec.labels);
  if (isProvisioned && !isAsAsked) {
    const text = `the shared volume ${spec.name} has another driver, other options or labels than the task asks for`;
    throw new RuntimeError('volume', text);
  }
}

const holds = (found: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => found[name] === value);
