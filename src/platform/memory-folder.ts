import { accessSync, constants, statfsSync } from 'node:fs';

/** What the kernel calls a tmpfs. */
const TMPFS_MAGIC = 0x01021994;

/** A folder whose files live in memory alone and that this process may write to; undefined when the host has none. */
export function memoryFolder(): string | undefined {
  return ['/run', '/dev/shm'].find((path) => {
    try {
      accessSync(path, constants.W_OK);
      return statfsSync(path).type === TMPFS_MAGIC;
    } catch {
      return false;
    }
  });
}
