import { EVENT_RETENTION_MS, type EventArchive } from '../../domain/events.ts';
import { type Clock, plusMs } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import type { Log } from '../../lib/log.ts';
import {
  eventOutbox,
  hasOwnSlot,
  lastSequenceIn,
  type OutboxRow,
  outboxRows,
  removeFromOutbox,
} from '../../records/event-outbox.ts';
import type { Store } from '../../store/store.ts';

/** What the recorder works on. */
export interface EventRecorderDeps {
  readonly store: Store;
  readonly archive: EventArchive;
  readonly clock: Clock;
  readonly log: Log;
}

/** Moves events from the store's outbox to the archive. */
export interface EventRecorder {
  /** Calls `onRecorded` after events were kept, until the returned function is called. */
  watch(onRecorded: () => void): () => void;
  /** Resolves when it has let go of the store and the archive. What is left in the outbox is for the next start. */
  stop(): Promise<void>;
}

/** Transactions whose events go to the archive together: bounds the message. */
const MOVE_MAX_COUNT = 256;
/** Rows that are removed together: bounds the transaction. */
const REMOVE_MAX_COUNT = 32;

/** How long a failure is left alone before the next attempt. */
const RETRY_AFTER_MS = 1_000;

/** Time from the end of one sweep to the next. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

/**
 * Starts with what a crash left in the outbox. Slots are used again only after the archive has what is in them, and the
 * archive leaves out what it has: so each event is kept once, whenever the process ends. (EVT-3)
 */
export function startEventRecorder(deps: EventRecorderDeps): EventRecorder {
  const recorder = new Recorder(deps);
  recorder.start();
  return recorder;
}

class Recorder implements EventRecorder {
  readonly #deps: EventRecorderDeps;
  readonly #watchers = new Set<() => void>();
  /** What the archive does not have yet, oldest first. */
  #waiting: OutboxRow[] = [];
  /** What it has of rows with slots of their own. */
  #done: OutboxRow[] = [];
  #unwatch = (): void => {};
  #cancelRetry = (): void => {};
  #cancelSweep = (): void => {};
  #moving: Promise<void> = Promise.resolve();
  #removing: Promise<void> = Promise.resolve();
  #sweeping: Promise<void> = Promise.resolve();
  #isMoving = false;
  #isRemoving = false;
  #isStopped = false;

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { store, archive } = this.#deps;
    const kept = archive.lastSequence();
    for (const row of store.read(outboxRows)) {
      if (lastSequenceIn(row) > kept) this.#waiting.push(row);
      else if (hasOwnSlot(row)) this.#done.push(row);
    }
    this.#unwatch = store.watch(({ changes }) => {
      for (const { collection, after } of changes) {
        if (collection === eventOutbox.name && after !== undefined) this.#waiting.push(after as OutboxRow);
      }
      if (this.#waiting.length > 0) this.#wake();
    });
    if (this.#waiting.length > 0) this.#wake();
    this.#remove();
    this.#sweeping = this.#sweep();
  }

  watch(onRecorded: () => void): () => void {
    const watcher = (): void => onRecorded();
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unwatch();
    this.#cancelRetry();
    this.#cancelSweep();
    await this.#moving;
    await this.#removing;
    await this.#sweeping;
  }

  #wake(): void {
    if (this.#isMoving || this.#isStopped) return;
    this.#isMoving = true;
    this.#cancelRetry();
    this.#moving = this.#moveAll();
  }

  async #moveAll(): Promise<void> {
    const { clock, log } = this.#deps;
    try {
      for (let rows = this.#next(); rows.length > 0; rows = this.#next()) await this.#move(rows);
    } catch (error) {
      log.error('events.not-recorded', { reason: errorText(error) });
      if (!this.#isStopped)
        this.#cancelRetry = clock.schedule(plusMs(clock.now(), RETRY_AFTER_MS), () => this.#wake());
    }
    // In the turn of the last look: a row that comes later wakes us again.
    this.#isMoving = false;
  }

  #next(): readonly OutboxRow[] {
    return this.#isStopped ? [] : this.#waiting.slice(0, MOVE_MAX_COUNT);
  }

  async #move(rows: readonly OutboxRow[]): Promise<void> {
    await this.#deps.archive.append(rows.flatMap(({ events }) => events));
    this.#waiting.splice(0, rows.length);
    for (const watcher of this.#watchers) watcher();
    this.#done.push(...rows.filter(hasOwnSlot));
    this.#remove();
  }

  #remove(): void {
    if (this.#isRemoving || this.#done.length === 0) return;
    this.#isRemoving = true;
    this.#removing = this.#removeDone();
  }

  /** What cannot be removed now is tried with the next. */
  async #removeDone(): Promise<void> {
    const { store, log } = this.#deps;
    try {
      while (this.#done.length > 0) {
        const rows = this.#done.slice(0, REMOVE_MAX_COUNT);
        await store.write((tx) => removeFromOutbox(tx, rows));
        this.#done.splice(0, rows.length);
      }
    } catch (error) {
      log.warn('events.outbox-not-cleared', {
        reason: errorText(error),
      });
    }
    this.#isRemoving = false;
  }

  async #sweep(): Promise<void> {
    const { archive, clock, log } = this.#deps;
    try {
      await archive.expire(clock.now() - EVENT_RETENTION_MS);
    } catch (error) {
      log.error('events.sweep-failed', { reason: errorText(error) });
    }
    if (this.#isStopped) return;
    this.#cancelSweep = clock.schedule(plusMs(clock.now(), SWEEP_EVERY_MS), () => {
      this.#sweeping = this.#sweep();
    });
  }
}
