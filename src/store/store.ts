/**
 * The one source of truth. A row is a plain JSON value; a collection says how rows are keyed and indexed.
 * The store has no opinion about ECS.
 */

/** What an index yields for a row: no entry, one, or several. */
export type IndexValue = string | undefined | readonly string[];

/** An index that looks at these members of a row and at no other: while they stay as they are, its values do. */
export interface MemberIndex<Row> {
  readonly members: readonly (keyof Row)[];
  readonly read: (row: Row) => IndexValue;
}

/** A table. `Index` is the union of its index names. Keys and index values sort by UTF-16 code unit. */
export interface Collection<Row, Index extends string = never> {
  readonly name: string;
  readonly key: (row: Row) => string;
  readonly indexes: Readonly<Record<Index, ((row: Row) => IndexValue) | MemberIndex<Row>>>;
  /** Indexes whose long listings writers ask for again and again: these are kept in memory, and follow every write. */
  readonly kept?: readonly string[];
}

/** A collection whose row type is of no interest: what a list of all collections holds. */
export type AnyCollection = Collection<never, string>;

/** Where a listing starts and how far it goes. */
export interface Range {
  /** Only keys that sort after this one. */
  readonly after?: string | undefined;
  /** At most this many rows; absent means all. */
  readonly limit?: number | undefined;
}

/** One state of the store. Rows are frozen in tests: they are changed by `put` alone. */
export interface ReadTx {
  get<Row, Index extends string>(collection: Collection<Row, Index>, key: string): Row | undefined;
  /** Rows whose index holds `value`, in key order. */
  find<Row, Index extends string>(
    collection: Collection<Row, Index>,
    index: NoInfer<Index>,
    value: string,
    range?: Range,
  ): readonly Row[];
  /** How many rows `find` would give without a limit, without building them. */
  count<Row, Index extends string>(
    collection: Collection<Row, Index>,
    index: NoInfer<Index>,
    value: string,
  ): number;
  /** All rows, in key order. */
  all<Row, Index extends string>(collection: Collection<Row, Index>, range?: Range): readonly Row[];
}

/** A transaction that sees its own changes. */
export interface WriteTx extends ReadTx {
  put<Row, Index extends string>(collection: Collection<Row, Index>, row: Row): void;
  /** Removes a row; a key that is not there is no error. */
  delete<Row, Index extends string>(collection: Collection<Row, Index>, key: string): void;
}

/** One row's step in a commit. `before` is absent for a new row, `after` for a deleted one. */
export interface Change {
  readonly collection: string;
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A durable transaction, in the order of its revision. */
export interface Commit {
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** Refuses an async callback: an `await` inside a transaction would see two worlds. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** The one source of truth: rows in memory, in front of a log. */
export interface Store {
  /** Runs `work` on the last durable state. */
  read<T>(work: (tx: ReadTx) => Sync<T>): T;
  /**
   * Runs `work` at once, on top of every write accepted before it. All of it lands, or none when `work` throws
   * (the promise rejects with that error). Resolves when the commit is durable; only then do `read` and the
   * watchers see it. Rejects with `ThrottlingException` when too many writes are waiting.
   */
  write<T>(work: (tx: WriteTx) => Sync<T>): Promise<T>;
  /** Calls `onCommit` for every commit after this call, in order. Start watching before the first read. */
  watch(onCommit: (commit: Commit) => void): () => void;
  /** Waits for accepted writes and releases the log. */
  close(): Promise<void>;
}
