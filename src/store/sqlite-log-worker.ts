/** The worker thread that owns the log's database file. */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { errorText } from '../lib/error-text.ts';
import type { Acquisition, CommitOutcome } from './commit-log.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { serveWorkerCalls } from './worker-serve.ts';

/** A row as it crosses the thread and lies in the file: collection, key, revision, body as JSON or null. */
export type PackedRow = readonly [collection: string, key: string, revision: number, body: string | null];

/** A part of the live rows, in the order in which they lie in the file. */
export interface LoadedPage {
  readonly rows: readonly PackedRow[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: number | undefined;
}

/** What the log's thread can be asked. */
export type SqliteLogRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'compact'; readonly keepsTombstones: boolean }
  | { readonly kind: 'load'; readonly after: number }
  | { readonly kind: 'since'; readonly revision: number }
  | { readonly kind: 'acquire'; readonly ifEpoch: number | undefined }
  | {
      readonly kind: 'commit';
      readonly epoch: number;
      readonly baseRevision: number;
      readonly revision: number;
      readonly rows: readonly PackedRow[];
    }
  | { readonly kind: 'close' };

type CommitRequest = Extract<SqliteLogRequest, { kind: 'commit' }>;

/** Rows per answer at load: enough to keep both threads busy, few enough to bound memory. */
const LOAD_PAGE_COUNT = 1_000;

/**
 * Rows are long: a table that is its own index would put nearly every one of them on a page apart, and write two pages
 * where one does.
 */
const SCHEMA = `
  create table if not exists objects (
    collection text not null, key text not null, revision integer not null, body text,
    primary key (collection, key)
  );
  create table if not exists shard (id integer primary key check (id = 0), epoch integer not null, revision integer not null);
  insert or ignore into shard (id, epoch, revision) values (0, 0, 0);
`;

class LogFile {
  readonly #database: DatabaseSync;
  readonly #advance: StatementSync;
  readonly #put: StatementSync;
  readonly #page: StatementSync;

  constructor(path: string) {
    this.#database = openSqliteFile(path);
    this.#database.exec(SCHEMA);
    this.#moveFromOldForm();
    this.#advance = this.#database.prepare('update shard set revision = ? where epoch = ? and revision = ?');
    this.#put = this.#database.prepare(
      `insert into objects (collection, key, revision, body) values (?, ?, ?, ?)
       on conflict (collection, key) do update set revision = excluded.revision, body = excluded.body`,
    );
    this.#page = this.#database.prepare(
      'select collection, key, revision, body, rowid from objects where rowid > ? and body is not null order by rowid limit ?',
    );
    this.#page.setReturnArrays(true);
  }

  /** Forgets the tombstones and answers the last durable revision. */
  compact(keepsTombstones: boolean): number {
    if (!keepsTombstones) this.#database.exec('delete from objects where body is null');
    return this.#position().revision;
  }

  load(after: number): LoadedPage {
    const rows = this.#page.all(after, LOAD_PAGE_COUNT) as unknown as (readonly [...PackedRow, number])[];
    return { rows: rows as unknown as readonly PackedRow[], next: rows.at(-1)?.[4] };
  }

  since(revision: number): { rows: readonly PackedRow[]; revision: number } {
    const select = this.#database.prepare(
      'select collection, key, revision, body from objects where revision > ? order by revision',
    );
    select.setReturnArrays(true);
    return { rows: select.all(revision) as unknown as PackedRow[], revision: this.#position().revision };
  }

  acquire(ifEpoch: number | undefined): Acquisition {
    const { epoch, revision } = this.#position();
    if (ifEpoch !== undefined && ifEpoch !== epoch) return { kind: 'lost' };
    this.#database.exec('update shard set epoch = epoch + 1');
    return { kind: 'acquired', epoch: epoch + 1, revision };
  }

  /** An error before the commit itself is a refusal; one from the commit leaves the outcome open and is thrown. */
  commit({ epoch, baseRevision, revision, rows }: CommitRequest): CommitOutcome {
    this.#database.exec('begin immediate');
    try {
      if (Number(this.#advance.run(revision, epoch, baseRevision).changes) === 0) {
        this.#database.exec('rollback');
        return { kind: 'fenced' };
      }
      for (const [collection, key, rowRevision, body] of rows)
        this.#put.run(collection, key, rowRevision, body);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      return { kind: 'refused', reason: errorText(error) };
    }
    try {
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      // The end of a transaction is written last, so what found no room is none. (HARD-35)
      if (isFull(error)) return { kind: 'refused', reason: errorText(error) };
      throw error;
    }
    return { kind: 'durable' };
  }

  close(): void {
    this.#database.close();
  }

  /** Files of the first versions have a table without row ids. */
  #moveFromOldForm(): void {
    const table = this.#database.prepare("select sql from sqlite_schema where name = 'objects'").get();
    if (!String(table?.['sql']).includes('without rowid')) return;
    this.#database.exec(`begin immediate;
      alter table objects rename to old_objects;
      ${SCHEMA}
      insert into objects select collection, key, revision, body from old_objects;
      drop table old_objects;
      commit`);
  }

  #position(): { epoch: number; revision: number } {
    const row = this.#database.prepare('select epoch, revision from shard').get();
    return { epoch: Number(row?.['epoch']), revision: Number(row?.['revision']) };
  }
}

/** SQLite's code for a disk without room. */
const SQLITE_FULL = 13;

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;

let file: LogFile | undefined;

serveWorkerCalls<SqliteLogRequest>((request) => {
  if (file === undefined || request.kind === 'open') {
    file ??= new LogFile((workerData as { path: string }).path);
  }
  switch (request.kind) {
    case 'open':
      return undefined;
    case 'load':
      return file.load(request.after);
    case 'compact':
      return file.compact(request.keepsTombstones);
    case 'since':
      return file.since(request.revision);
    case 'acquire':
      return file.acquire(request.ifEpoch);
    case 'commit':
      return file.commit(request);
    case 'close':
      return file.close();
  }
});
