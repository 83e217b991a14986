import type { Clock, Instant } from '../lib/clock.ts';
import { plusMs } from '../lib/clock.ts';
import { errorTrace } from '../lib/error-text.ts';
import type { Log } from '../lib/log.ts';
import { type Spells, spellsOf } from './spells.ts';

/**
 * A queue of keys for level-triggered controllers. A key stands for "look at this again", however often it was asked
 * for and whatever the reason. One key is never handled twice at a time, and a key that is asked for while it is being
 * handled is handled once more afterwards.
 */
export interface WorkQueue {
  /** Has `key` handled soon. Many calls before that make one. */
  add(key: string): void;
  /** The same before all others that wait: for the rest of work that cannot well be left half done. */
  addNext(key: string): void;
  /** Has `key` handled at or after `at`. The earliest of several instants wins; handling forgets it. */
  addAt(key: string, at: Instant): void;
  /** Handles nothing more. What is being handled runs to its end. */
  stop(): void;
  /** Resolves when nothing is queued or being handled; keys that wait for their instant do not count. */
  idle(): Promise<void>;
}

/** Handles one key. A rejection is logged, and the key comes again after a growing pause. */
type HandleKey = (key: string) => Promise<void>;

/** What a queue is made of. */
export interface WorkQueueOptions {
  /** Stands in front of its log events, e.g. `task-lifecycle`. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly handle: HandleKey;
  /** How many keys are handled at a time; 16 when absent. */
  readonly concurrencyCount?: number | undefined;
}

const CONCURRENCY_DEFAULT_COUNT = 16;
const RETRY_FIRST_MS = 200;
const RETRY_LONGEST_MS = 30_000;

/** Makes a queue. Keys are handled in the order in which they were asked for, beginning in a later microtask. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyedWorkQueue(options);
}

class KeyedWorkQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #limit: number;
  readonly #spells: Spells;
  /** Keys to handle, oldest first; those of `#next` come before. */
  readonly #waiting = new Set<string>();
  readonly #next = new Set<string>();
  readonly #handling = new Set<string>();
  /** Keys with an instant, and how to forget it. */
  readonly #timers = new Map<string, { readonly at: Instant; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #onIdle: (() => void)[] = [];
  #isPumping = false;
  #isResting = false;
  #isStopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#limit = options.concurrencyCount ?? CONCURRENCY_DEFAULT_COUNT;
    this.#spells = spellsOf(options.clock);
  }

  add(key: string): void {
    if (this.#isStopped || this.#next.has(key)) return;
    this.#waiting.add(key);
    this.#pumpSoon();
  }

  addNext(key: string): void {
    if (this.#isStopped) return;
    this.#waiting.delete(key);
    this.#next.add(key);
    this.#pumpSoon();
  }

  addAt(key: string, at: Instant): void {
    if (this.#isStopped) return;
    if (at <= this.#options.clock.now()) {
      this.add(key);
      return;
    }
    const timer = this.#timers.get(key);
    if (timer !== undefined && timer.at <= at) return;
    timer?.cancel();
    const cancel = this.#options.clock.schedule(at, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel });
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
    this.#next.clear();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#tellIdle();
  }

  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #isIdle(): boolean {
    return this.#waitingCount === 0 && this.#handling.size === 0;
  }

  get #waitingCount(): number {
    return this.#waiting.size + this.#next.size;
  }

  #tellIdle(): void {
    if (!this.#isIdle()) return;
    const callbacks = this.#onIdle;
    this.#onIdle = [];
    for (const callback of callbacks) callback();
  }

  /** Begins in a microtask, so that a commit with many changes is heard of as a whole first. */
  #pumpSoon(): void {
    if (this.#isPumping || this.#isResting) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (const keys of [this.#next, this.#waiting]) {
      for (const key of keys) {
        if (this.#handling.size >= this.#limit) return;
        if (this.#handling.has(key)) continue;
        if (this.#spells.isOver) {
          this.#rest();
          return;
        }
        keys.delete(key);
        this.#begin(key);
      }
    }
  }

  /** Goes on behind everything that has arrived meanwhile. */
  #rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    this.#spells.wait(() => {
      this.#isResting = false;
      this.#pump();
    });
  }

  #begin(key: string): void {
    this.#handling.add(key);
    const timer = this.#timers.get(key);
    timer?.cancel();
    this.#timers.delete(key);
    const { clock } = this.#options;
    const begin = clock.now();
    const handled = this.#run(key);
    this.#spells.spend(clock.now() - begin);
    handled
      .then(
        () => this.#failures.delete(key),
        (error: unknown) => this.#failed(key, error),
      )
      .then(
        () => this.#ended(key),
        () => this.#ended(key),
      );
  }

  /** A handler that throws at once is no different from one that rejects. */
  async #run(key: string): Promise<void> {
    await this.#options.handle(key);
  }

  #failed(key: string, error: unknown): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const pauseMs = Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_LONGEST_MS);
    this.#options.log.warn(`${this.#options.name}.failed`, {
      key,
      failures,
      error: errorTrace(error),
    });
    this.addAt(key, plusMs(this.#options.clock.now(), pauseMs));
  }

  #ended(key: string): void {
    this.#handling.delete(key);
    if (!this.#isStopped && this.#waitingCount > 0) this.#pumpSoon();
    this.#tellIdle();
  }
}
