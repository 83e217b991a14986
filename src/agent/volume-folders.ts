import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PayloadTask, PayloadVolume } from '../domain/task-payload.ts';
import { taskIdOf } from './task-record.ts';

/** Makes and removes what the volumes of a task are on the host. */
export interface VolumeFolders {
  /** Volume name → what containers bind: a path of the host or the name of an engine volume. */
  prepare(payload: PayloadTask): Promise<ReadonlyMap<string, string>>;
  remove(taskId: string): Promise<void>;
}

/** A volume without a source lives as long as its task, in a folder that every user in a container may write to. */
export function volumeFolders(root: string): VolumeFolders {
  return {
    prepare: async (payload) => {
      const sources = new Map<string, string>();
      for (const volume of payload.volumes) sources.set(volume.name, await sourceOf(root, payload, volume));
      return sources;
    },
    remove: (taskId) => rm(join(root, taskId), { recursive: true, force: true }),
  };
}

async function sourceOf(root: string, payload: PayloadTask, volume: PayloadVolume): Promise<string> {
  const docker = volume.dockerVolumeConfiguration;
  if (docker?.scope === 'shared') return volume.name;
  if (docker !== undefined) {
    return `ecs-${payload.family}-${payload.version}-${volume.name}-${taskIdOf(payload).slice(0, 20)}`;
  }
  const sourcePath = volume.host?.sourcePath ?? '';
  if (sourcePath !== '') return sourcePath;
  const folder = join(root, taskIdOf(payload), volume.name);
  await mkdir(folder, { recursive: true });
  // The mode of mkdir is cut by the process's mask.
  await chmod(folder, 0o777);
  return folder;
}
