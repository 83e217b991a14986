import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirelensFolders } from './firelens.ts';

/** Keeps the files of log routers in a folder for each task, as long as the task's containers are there. (FLN-2) */
export function firelensFolders(root: string): FirelensFolders {
  return {
    prepare: async (taskId, config) => {
      const configFolder = join(root, taskId, 'config');
      const socketFolder = join(root, taskId, 'socket');
      await mkdir(configFolder, { recursive: true });
      await mkdir(socketFolder, { recursive: true });
      // A router that is not root makes its socket there. The mode of mkdir is cut by the process's mask.
      await chmod(socketFolder, 0o777);
      const configFile = join(configFolder, 'fluent.conf');
      await writeFile(configFile, config);
      await chmod(configFile, 0o644);
      return { configFile, socketFolder };
    },
    remove: (taskId) => rm(join(root, taskId), { recursive: true, force: true }),
  };
}
