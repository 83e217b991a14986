/**
 * The durable half of the store. A log keeps the last value of every object; it knows neither indexes nor
 * what a row means. Exactly one holder writes at a time: each `acquire` raises the epoch, and a commit under an
 * older epoch is refused, so a holder that was presumed dead can do no harm.
 */

/** The last value of one object. `body` is absent for a deleted one: a tombstone, kept until followers saw it. */
export interface LogRow {
  readonly collection: string;
  readonly key: string;
  readonly revision: number;
  readonly body?: unknown;
}

/** One or more transactions that become durable together, or not at all. */
export interface LogBatch {
  /** The epoch from `acquire`. */
  readonly epoch: number;
  /** The revision that this batch builds upon: the last one that is durable. */
  readonly baseRevision: number;
  /** The revision of the last transaction in the batch; more than `baseRevision`. */
  readonly revision: number;
  /** One row per object: its last value in the batch. */
  readonly rows: readonly LogRow[];
}

/**
 * What became of a batch. `fenced`: another holder took over, nothing was written. `refused`: nothing was written and
 * nothing of it will be (the disk is full); a later batch may do. A rejected promise means that the outcome is not known.
 */
export type CommitOutcome =
  | { readonly kind: 'durable' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'refused'; readonly reason: string };

/** The right to write. `revision` is the last durable one. */
export type Acquisition =
  | { readonly kind: 'acquired'; readonly epoch: number; readonly revision: number }
  | { readonly kind: 'lost' };

/** Where commits become durable. One process at a time holds the right to write. */
export interface CommitLog {
  /**
   * Hands every live row to `onRow`, in no promised order, and resolves with the last durable revision.
   * Call it after `acquire`. A log may drop tombstones here that no follower still needs.
   */
  load(onRow: (row: LogRow) => void): Promise<number>;
  /** Makes a batch durable. A log in memory may answer at once; others answer after the disk has the batch. */
  commit(batch: LogBatch): CommitOutcome | Promise<CommitOutcome>;
  /**
   * Hands over the rows that changed after `revision`, tombstones included, oldest first, until the returned
   * function is called. Values between two deliveries may be skipped: the last one of each object arrives.
   */
  follow(revision: number, onRows: (rows: readonly LogRow[]) => void): () => void;
  /**
   * Takes the right to write and fences every earlier holder, a commit of theirs that is still under way included.
   * With `ifEpoch` it does so only while that epoch still holds, which is how a holder settles a commit whose
   * outcome it does not know.
   */
  acquire(ifEpoch?: number): Promise<Acquisition>;
  /** Releases files and connections. Call it once, after the last commit was answered. */
  close(): Promise<void>;
}
