import type { Acquisition, CommitLog, CommitOutcome, LogBatch, LogRow } from './commit-log.ts';
import type { LoadedPage, PackedRow, SqliteLogRequest } from './sqlite-log-worker.ts';
import { WorkerCalls } from './worker-calls.ts';

/**
 * Opens a log in one SQLite file that this process alone uses. The file is made when it is missing. Fails when
 * another process has it open. A commit is answered when the disk has it: one sync per batch.
 */
export async function openSqliteLog(path: string): Promise<CommitLog> {
  const calls = new WorkerCalls<SqliteLogRequest>('sqlite-log-worker', import.meta.url, { path });
  try {
    await calls.call({ kind: 'open' });
  } catch (error) {
    await calls.end();
    throw error;
  }
  return new SqliteLog(calls);
}

/** Rows that were committed while a new follower still reads what it missed wait in `held`. */
interface Follower {
  readonly onRows: (rows: readonly LogRow[]) => void;
  held: (readonly LogRow[])[] | undefined;
}

class SqliteLog implements CommitLog {
  readonly #calls: WorkerCalls<SqliteLogRequest>;
  readonly #followers = new Set<Follower>();

  constructor(calls: WorkerCalls<SqliteLogRequest>) {
    this.#calls = calls;
  }

  async load(onRow: (row: LogRow) => void): Promise<number> {
    const revision = await this.#calls.call({ kind: 'compact', keepsTombstones: this.#followers.size > 0 });
    let coming = this.#page(0);
    for (;;) {
      const { rows, next } = await coming;
      if (next === undefined) return revision as number;
      // One page is read ahead while this one is parsed; more would fill the memory with text.
      coming = this.#page(next);
      for (const row of rows) onRow(unpack(row));
    }
  }

  async commit(batch: LogBatch): Promise<CommitOutcome> {
    const { epoch, baseRevision, revision } = batch;
    const rows = batch.rows.map(pack);
    const outcome = await this.#calls.call({ kind: 'commit', epoch, baseRevision, revision, rows });
    if ((outcome as CommitOutcome).kind === 'durable') this.#tellFollowers(batch.rows);
    return outcome as CommitOutcome;
  }

  follow(revision: number, onRows: (rows: readonly LogRow[]) => void): () => void {
    const follower: Follower = { onRows, held: [] };
    this.#followers.add(follower);
    // A dead thread fails the next commit, which is where the owner hears of it.
    this.#catchUp(follower, revision).catch(() => this.#followers.delete(follower));
    return () => this.#followers.delete(follower);
  }

  async acquire(ifEpoch?: number): Promise<Acquisition> {
    return (await this.#calls.call({ kind: 'acquire', ifEpoch })) as Acquisition;
  }

  async close(): Promise<void> {
    await this.#calls.call({ kind: 'close' });
    await this.#calls.end();
  }

  async #page(after: number): Promise<LoadedPage> {
    return (await this.#calls.call({ kind: 'load', after })) as LoadedPage;
  }

  async #catchUp(follower: Follower, revision: number): Promise<void> {
    const missed = (await this.#calls.call({ kind: 'since', revision })) as {
      rows: readonly PackedRow[];
      revision: number;
    };
    if (missed.rows.length > 0) this.#deliver(follower, missed.rows.map(unpack));
    const held = follower.held ?? [];
    follower.held = undefined;
    for (const rows of held) {
      const news = rows.filter((row) => row.revision > missed.revision);
      if (news.length > 0) this.#deliver(follower, news);
    }
  }

  #tellFollowers(rows: readonly LogRow[]): void {
    for (const follower of this.#followers) {
      if (follower.held === undefined) this.#deliver(follower, rows);
      else follower.held.push(rows);
    }
  }

  #deliver(follower: Follower, rows: readonly LogRow[]): void {
    if (this.#followers.has(follower)) follower.onRows(rows);
  }
}

const pack = (row: LogRow): PackedRow => [
  row.collection,
  row.key,
  row.revision,
  row.body === undefined ? null : JSON.stringify(row.body),
];

function unpack([collection, key, revision, body]: PackedRow): LogRow {
  return body === null
    ? { collection, key, revision }
    : { collection, key, revision, body: JSON.parse(body) as unknown };
}
