import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirelensFolders } from './firelens.ts';

/** Keeps the files of log routers in a folder for each task, as long as the task's containers are there. (FLN-2) */
export function firelensFolders(root: string): FirelensFolders {
  const configOf = (taskId: string): string => join(root, taskId, 'fluent.conf');
  const externalOf = (taskId: string): string => join(root, taskId, 'external.conf');
  return {
    prepare: async (taskId) => {
      const socketFolder = join(root, taskId, 'socket');
      await mkdir(socketFolder, { recursive: true });
      // A router that is not root makes its socket there. The mode of mkdir is cut by the process's mask.
      await chmod(socketFolder, 0o777);
      return { configFile: configOf(taskId), externalFile: externalOf(taskId), socketFolder };
    },
    write: async (taskId, config, external) => {
      if (external !== undefined) await writeReadable(externalOf(taskId), external);
      await writeReadable(configOf(taskId), config);
    },
    remove: (taskId) => rm(join(root, taskId), { recursive: true, force: true }),
  };
}

/** A router need not be root. */
async function writeReadable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o644);
}
