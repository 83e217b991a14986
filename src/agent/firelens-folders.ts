import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirelensFolders } from './firelens.ts';

/** Keeps the files of log routers in a folder for each task, as long as the task's containers are there. (FLN-2) */
export function firelensFolders(root: string): FirelensFolders {
  const configOf = (taskId: string): string => join(root, taskId, 'fluent.conf');
  return {
    prepare: async (taskId) => {
      const socketFolder = join(root, taskId, 'socket');
      await mkdir(socketFolder, { recursive: true });
      // A router that is not root makes its socket there. The mode of mkdir is cut by the process's mask.
      await chmod(socketFolder, 0o777);
      return { configFile: configOf(taskId), socketFolder };
    },
    write: async (taskId, config) => {
      await writeFile(configOf(taskId), config);
      await chmod(configOf(taskId), 0o644);
    },
    remove: (taskId) => rm(join(root, taskId), { recursive: true, force: true }),
  };
}
