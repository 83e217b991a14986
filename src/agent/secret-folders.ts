import { chmod, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SecretsError } from './secret-errors.ts';

/** Files with secrets, in the host's memory and never on a disk, for as long as their task runs. */
export interface SecretFolders {
  /** Writes a container's files and answers what it has to bind. Repeating it writes them again. (TSC-8) */
  write(
    container: { readonly taskId: string; readonly name: string; readonly user?: string | undefined },
    files: ReadonlyMap<string, string>,
  ): Promise<readonly string[]>;
  remove(taskId: string): Promise<void>;
  /** Removes the files of all other tasks: those that ended while no agent looked. */
  retain(taskIds: readonly string[]): Promise<void>;
}

/** Makes the files below `root`, a folder in memory; undefined when the host has none, and then no file can be had. */
export function secretFolders(root: string | undefined): SecretFolders {
  return {
    write: async ({ taskId, name, user }, files) => {
      if (files.size === 0) return [];
      if (root === undefined)
        throw new SecretsError('the host has no file system in memory for secret files');
      const folder = join(root, taskId, name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const binds: string[] = [];
      for (const [index, [containerPath, value]] of [...files].entries()) {
        const path = join(folder, String(index));
        await writeSecret(path, value, user);
        binds.push(`${path}:${containerPath}:ro`);
      }
      return binds;
    },
    remove: async (taskId) => {
      if (root !== undefined) await rm(join(root, taskId), { recursive: true, force: true });
    },
    retain: async (taskIds) => {
      if (root === undefined) return;
      // No folder yet: nothing to remove.
      const found = await readdir(root).catch(() => []);
      for (const taskId of found.filter((each) => !taskIds.includes(each))) {
        await rm(join(root, taskId), { recursive: true, force: true });
      }
    },
  };
}

/**
 * Readable by the container's user alone when the definition names it by number. A name, or the image's own user, has a
 * number that only the image knows: then every user of the container reads it. The folders above keep the host's users out.
 */
async function writeSecret(path: string, value: string, user: string | undefined): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, value, { mode: 0o400 });
  const numbers = /^(\d+)(?::(\d+))?$/.exec(user ?? '');
  const isOwned =
    numbers !== null &&
    (await chown(path, Number(numbers[1]), Number(numbers[2] ?? 0)).then(
      () => true,
      () => false,
    ));
  if (!isOwned) await chmod(path, 0o444);
}
