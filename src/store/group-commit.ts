import { errorText } from '../lib/error-text.ts';
import type { CommitLog, CommitOutcome, LogBatch, LogRow } from './commit-log.ts';
import type { Change } from './store.ts';

/** A transaction that was accepted and waits for the log. */
export interface Waiting {
  readonly changes: readonly Change[];
  /** Called when the log has it; `revision` is its own, or that of its predecessor when it changed nothing. */
  readonly onDurable: (revision: number) => void;
  readonly onFailed: (error: Error) => void;
  /**
   * Called when it was not written and what it changed in memory is to be taken back; the log goes on. Transactions that
   * are taken back together hear of it last first.
   */
  readonly onRefused: (reason: string) => void;
}

/** Bounds of the queue. */
export interface GroupCommitLimits {
  /** Transactions in one batch: bounds how long a caller waits for the batch it is in. */
  readonly batchMaxCount: number;
  /** Changes in one batch, unless one transaction alone has more: bounds how long handing it over takes. */
  readonly changesMaxCount: number;
  /** Transactions that wait, those in the log's hands included. */
  readonly waitingMaxCount: number;
}

/** An outcome that stays unknown ends the store, as one that another process took over does. */
type SettledOutcome = CommitOutcome | { readonly kind: 'unknown'; readonly reason: string };

/** How often an unknown outcome is asked for before the store gives up. */
const SETTLE_MAX_COUNT = 3;

/**
 * Puts transactions into batches and batches into the log, one batch at a time and in order. While the log works
 * on one batch the next one gathers, so the number of syncs follows the disk's speed and not the callers'.
 */
export class GroupCommit {
  readonly #log: CommitLog;
  readonly #limits: GroupCommitLimits;
  readonly #isImmediate: boolean;
  #queue: Waiting[] = [];
  #inLogCount = 0;
  #isRunning = false;
  #epoch: number;
  #revision: number;
  #failure: Error | undefined;
  #onIdle: (() => void)[] = [];

  constructor(
    log: CommitLog,
    start: { epoch: number; revision: number },
    limits: GroupCommitLimits,
    isImmediate: boolean,
  ) {
    this.#log = log;
    this.#epoch = start.epoch;
    this.#revision = start.revision;
    this.#limits = limits;
    this.#isImmediate = isImmediate;
  }

  /** Why the store stopped; absent while it works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get isFull(): boolean {
    return this.#queue.length + this.#inLogCount >= this.#limits.waitingMaxCount;
  }

  add(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#isRunning) return;
    this.#isRunning = true;
    if (this.#isImmediate) this.#run();
    else queueMicrotask(() => this.#run());
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #run(): void {
    while (this.#queue.length > 0) {
      const waiting = this.#queue.splice(0, this.#nextCount());
      const batch = batchOf(waiting, this.#epoch, this.#revision);
      if (batch.rows.length === 0) {
        this.#acknowledge(waiting);
        continue;
      }
      this.#inLogCount = waiting.length;
      const outcome = this.#commit(batch);
      if (isPromise(outcome)) {
        void this.#finish(batch, waiting, outcome).then(() => this.#run());
        return;
      }
      this.#conclude(waiting, outcome);
    }
    this.#isRunning = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** How many of those that wait go into the next batch; at least one. */
  #nextCount(): number {
    const { batchMaxCount, changesMaxCount } = this.#limits;
    let changesCount = 0;
    const beyond = this.#queue.findIndex(({ changes }, index) => {
      changesCount += changes.length;
      return index === batchMaxCount || (index > 0 && changesCount > changesMaxCount);
    });
    return beyond < 0 ? this.#queue.length : beyond;
  }

  #commit(batch: LogBatch): CommitOutcome | Promise<CommitOutcome> {
    try {
      return this.#log.commit(batch);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #finish(
    batch: LogBatch,
    waiting: readonly Waiting[],
    outcome: Promise<CommitOutcome>,
  ): Promise<void> {
    let known: SettledOutcome;
    try {
      known = await outcome;
    } catch (error) {
      known = await this.#settle(batch, error);
    }
    this.#conclude(waiting, known);
  }

  /**
   * Finds out what became of a batch. Taking the right to write anew first fences the lost commit, so that it can
   * not land after it was judged missing.
   */
  async #settle(batch: LogBatch, cause: unknown): Promise<SettledOutcome> {
    for (let attempt = 1; attempt <= SETTLE_MAX_COUNT; attempt += 1) {
      try {
        const acquisition = await this.#log.acquire(this.#epoch);
        if (acquisition.kind === 'lost') return { kind: 'fenced' };
        this.#epoch = acquisition.epoch;
        if (acquisition.revision === batch.revision) return { kind: 'durable' };
        if (acquisition.revision !== batch.baseRevision) return { kind: 'fenced' };
        return await this.#log.commit({ ...batch, epoch: this.#epoch });
      } catch (error) {
        cause = error;
      }
    }
    return { kind: 'unknown', reason: `the outcome of a commit is unknown: ${errorText(cause)}` };
  }

  #conclude(waiting: readonly Waiting[], outcome: SettledOutcome): void {
    this.#inLogCount = 0;
    if (outcome.kind === 'durable') this.#acknowledge(waiting);
    else if (outcome.kind === 'refused') this.#refuse(waiting, outcome.reason);
    else this.#fail(waiting, outcome);
  }

  /** What came after the batch was built on it, so all of it is taken back, the last first. (HARD-35) */
  #refuse(waiting: readonly Waiting[], reason: string): void {
    for (const each of [...waiting, ...this.#queue.splice(0)].reverse()) each.onRefused(reason);
  }

  #acknowledge(waiting: readonly Waiting[]): void {
    for (const each of waiting) {
      if (each.changes.length > 0) this.#revision += 1;
      each.onDurable(this.#revision);
    }
  }

  #fail(
    waiting: readonly Waiting[],
    outcome: Exclude<SettledOutcome, { kind: 'durable' | 'refused' }>,
  ): void {
    const reason = outcome.kind === 'fenced' ? 'another process took over the log' : outcome.reason;
    const failure = new Error(`the store stopped: ${reason}`);
    this.#failure = failure;
    for (const each of [...waiting, ...this.#queue.splice(0)]) each.onFailed(failure);
  }
}

/** The last value of each object, in the order in which they were written: gathered from the end. */
function batchOf(waiting: readonly Waiting[], epoch: number, baseRevision: number): LogBatch {
  const count = waiting.reduce((sum, { changes }) => sum + (changes.length > 0 ? 1 : 0), 0);
  const rows: LogRow[] = [];
  const written = new Map<string, Set<string>>();
  let revision = baseRevision + count;
  for (const { changes } of waiting.toReversed()) {
    for (let at = changes.length - 1; at >= 0; at -= 1) {
      const change = changes[at];
      if (change !== undefined && isNew(written, change)) rows.push(logRow(change, revision));
    }
    if (changes.length > 0) revision -= 1;
  }
  return { epoch, baseRevision, revision: baseRevision + count, rows: rows.reverse() };
}

/** Whether no change of the object has been seen yet; now one has. */
function isNew(written: Map<string, Set<string>>, { collection, key }: Change): boolean {
  const keys = written.get(collection);
  if (keys === undefined) written.set(collection, new Set([key]));
  else if (keys.has(key)) return false;
  else keys.add(key);
  return true;
}

const logRow = ({ collection, key, after }: Change, revision: number): LogRow =>
  after === undefined ? { collection, key, revision } : { collection, key, revision, body: after };

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> => value instanceof Promise;
