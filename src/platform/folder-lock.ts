import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** How long a start waits for a predecessor that is just ending. */
const WAIT_MS = 3_000;

/**
 * Makes this process the only user of a folder until it ends, however it ends. False when another process is, also one in
 * another container or, where the file system carries locks, on another machine.
 */
export async function lockFolder(folder: string): Promise<boolean> {
  // Of the system's own libraries this one alone can lock a file.
  const { DatabaseSync } = await import('node:sqlite');
  const path = join(folder, 'lock');
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const lock = new DatabaseSync(path, { timeout: WAIT_MS });
  try {
    // Never ended and never written, so that it holds and takes no room.
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    lock.close();
    if (error instanceof Error && /locked/.test(error.message)) return false;
    throw error;
  }
  held.push(lock);
  return true;
}

/** Locks end when nobody refers to them any more. */
const held: unknown[] = [];
