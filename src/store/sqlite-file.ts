import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How long a start waits for a predecessor that is just ending to let go of the file. */
const BUSY_TIMEOUT_MS = 3_000;

/**
 * Opens a database file that this process alone uses, durable at every commit: write-ahead log, one sync per
 * commit. Makes the file (mode 0600) and its directory (0700) when they are missing. Fails while another process
 * has the file open.
 */
export function openSqliteFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('pragma locking_mode = exclusive');
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    // A checkpoint costs syncs of its own; at 4,000 pages (16 MiB) they are rare, and recovery is still quick.
    database.exec('pragma wal_autocheckpoint = 4000');
    database.exec('begin immediate; commit');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes('locked')) {
      throw new Error(`another process uses ${path}`, { cause: error });
    }
    throw error;
  }
}
