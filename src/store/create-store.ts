import { assert } from '../lib/assert.ts';
import { ServiceError } from '../lib/service-error.ts';
import type { CommitLog } from './commit-log.ts';
import { deepFreeze } from './deep-freeze.ts';
import { GroupCommit, type GroupCommitLimits } from './group-commit.ts';
import type { AnyCollection, Change, Commit, ReadTx, Store, Sync, WriteTx } from './store.ts';
import { Table } from './table.ts';
import { durableReads, Transaction } from './transaction.ts';

/** How a store is opened. */
export interface StoreOptions {
  readonly log: CommitLog;
  /** Collections to index at start. One that is not named here is indexed at its first use. */
  readonly collections?: readonly AnyCollection[] | undefined;
  /** Freezes every row, so that a change in place fails. For tests; default false. */
  readonly freeze?: boolean | undefined;
  /**
   * `microtask` (the default) gathers the writes of one turn into a batch. `immediate` commits inside `write`, so with
   * a memory log the row is durable and the watchers have heard of it when `write` returns.
   */
  readonly flush?: 'microtask' | 'immediate' | undefined;
  /** Default 32 transactions or 64 changes in a batch, 20,000 transactions waiting. */
  readonly limits?: Partial<GroupCommitLimits> | undefined;
  /**
   * Runs at the end of every write that changed something, inside its transaction: what it puts lands with the write,
   * or not at all. It hears of the write's own changes only, and leaves those rows alone.
   */
  readonly beforeCommit?: ((tx: WriteTx, changes: readonly Change[]) => void) | undefined;
  /**
   * Hears when the log refuses writes, with the reason, and (undefined) when it takes them again. Meanwhile every write
   * rejects with `ServerException`, and nothing of it is left in memory. (HARD-35)
   */
  readonly onRefusal?: ((reason: string | undefined) => void) | undefined;
  /** Called once when the log fails. The store accepts no write any more; the process had better end. */
  readonly onFailure?: ((error: Error) => void) | undefined;
}

const DEFAULT_LIMITS: GroupCommitLimits = {
  batchMaxCount: 32,
  changesMaxCount: 64,
  waitingMaxCount: 20_000,
};

/** Takes the right to write to the log, loads its rows and indexes them. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const acquisition = await options.log.acquire();
  if (acquisition.kind === 'lost') throw new Error('the store could not take the right to write to its log');
  const loaded = new Map<string, unknown[]>();
  const revision = await options.log.load((row) => {
    const rows = loaded.get(row.collection);
    if (rows === undefined) loaded.set(row.collection, [row.body]);
    else rows.push(row.body);
  });
  return new LogStore(options, { epoch: acquisition.epoch, revision }, loaded);
}

class LogStore implements Store {
  readonly #tables = new Map<string, Table>();
  readonly #loaded: Map<string, unknown[]>;
  readonly #watchers = new Set<(commit: Commit) => void>();
  readonly #commits: GroupCommit;
  readonly #options: StoreOptions;
  readonly #reads: ReadTx;
  #isInWrite = false;
  #isClosed = false;
  #hasReportedFailure = false;
  #isRefusing = false;

  constructor(
    options: StoreOptions,
    start: { epoch: number; revision: number },
    loaded: Map<string, unknown[]>,
  ) {
    this.#options = options;
    this.#loaded = loaded;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#commits = new GroupCommit(options.log, start, limits, options.flush === 'immediate');
    for (const collection of options.collections ?? []) this.#table(collection);
    this.#reads = durableReads((collection) => this.#table(collection));
  }

  read<T>(work: (tx: ReadTx) => Sync<T>): T {
    const result: T = work(this.#reads);
    assert(!isPromiseLike(result), 'the work of a read is synchronous');
    return result;
  }

  write<T>(work: (tx: WriteTx) => Sync<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenStopped();
      const { result, changes, undo } = this.#run(work);
      this.#commits.add({
        changes,
        onDurable: (revision) => {
          if (changes.length > 0) this.#tellRefusal(undefined);
          this.#apply(revision, changes);
          resolve(result);
        },
        onFailed: (error) => {
          this.#reportFailure(error);
          reject(error);
        },
        onRefused: (reason) => {
          undo();
          this.#tellRefusal(reason);
          reject(
            new ServiceError('ServerException', `The state cannot be written: ${reason}`, {
              fault: 'server',
            }),
          );
        },
      });
    });
  }

  watch(onCommit: (commit: Commit) => void): () => void {
    const watcher = (commit: Commit): void => onCommit(commit);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async close(): Promise<void> {
    assert(!this.#isClosed, 'a store is closed once');
    this.#isClosed = true;
    await this.#commits.idle();
    await this.#options.log.close();
  }

  #refuseWhenStopped(): void {
    assert(!this.#isInWrite, 'a transaction does not start another one');
    if (this.#isClosed) throw new Error('the store is closed');
    if (this.#commits.failure !== undefined) throw this.#commits.failure;
    if (this.#commits.isFull) throw new ServiceError('ThrottlingException', 'Rate exceeded');
  }

  #run<T>(work: (tx: WriteTx) => Sync<T>): { result: T; changes: readonly Change[]; undo: () => void } {
    const tx = new Transaction((collection) => this.#table(collection), this.#options.freeze === true);
    this.#isInWrite = true;
    try {
      const result: T = work(tx);
      assert(!isPromiseLike(result), 'the work of a write is synchronous');
      const { beforeCommit } = this.#options;
      const changes = beforeCommit === undefined ? [] : tx.changes();
      if (changes.length > 0) beforeCommit?.(tx, changes);
      return { result, changes: tx.finish(), undo: () => tx.undo() };
    } catch (error) {
      tx.takeBack();
      throw error;
    } finally {
      this.#isInWrite = false;
    }
  }

  #apply(revision: number, changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const { collection, key, after } of changes) this.#tables.get(collection)?.settle(key, after);
    for (const watcher of [...this.#watchers]) {
      if (this.#watchers.has(watcher)) this.#tell(watcher, { revision, changes });
    }
  }

  /** A watcher that throws is a programmer's error: it must end the process, but not tear the commit loop. */
  #tell(watcher: (commit: Commit) => void, commit: Commit): void {
    try {
      watcher(commit);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** Once for each time of trouble. A transaction that changes nothing says nothing about the log. */
  #tellRefusal(reason: string | undefined): void {
    const isRefusing = reason !== undefined;
    if (this.#isRefusing === isRefusing) return;
    this.#isRefusing = isRefusing;
    this.#options.onRefusal?.(reason);
  }

  #reportFailure(error: Error): void {
    if (this.#hasReportedFailure) return;
    this.#hasReportedFailure = true;
    this.#options.onFailure?.(error);
  }

  #table(collection: AnyCollection): Table {
    const known = this.#tables.get(collection.name);
    if (known !== undefined) {
      assert(known.collection === collection, `one collection is named ${collection.name}`);
      return known;
    }
    const table = new Table(collection);
    const key = collection.key as (row: unknown) => string;
    for (const row of this.#loaded.get(collection.name) ?? []) {
      table.load(key(row), this.#options.freeze === true ? deepFreeze(row) : row);
    }
    this.#loaded.delete(collection.name);
    this.#tables.set(collection.name, table);
    return table;
  }
}

function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
