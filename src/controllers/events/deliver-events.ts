import type { EcsEvent, EventArchive } from '../../domain/events.ts';
import { type Clock, plusMs } from '../../lib/clock.ts';
import { fingerprint } from '../../lib/fingerprint.ts';
import type { Log } from '../../lib/log.ts';
import type { EventRecorder } from './record-events.ts';

/** What delivery works with. */
export interface EventDeliveryDeps {
  readonly archive: EventArchive;
  readonly recorder: Pick<EventRecorder, 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Where events go. It may hold a secret, so neither logs nor the file show it. */
  readonly url: string;
  /** Sends one event. Rejects unless the receiver has accepted it, and when `signal` gives up. */
  readonly post: (url: string, event: EcsEvent, signal: AbortSignal) => Promise<void>;
}

/** Events read at a time: what is in memory, however far the receiver is behind. */
const PAGE_MAX_COUNT = 100;

const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;

/**
 * Sends every event to a receiver, in order, at least once: the next one only after the receiver took this one. The
 * archive is the queue, and how far the receiver has come stands in it. A receiver that is new starts with what comes
 * after it was named. (EVT-7)
 */
export function startEventDelivery(deps: EventDeliveryDeps): { stop(): Promise<void> } {
  const delivery = new Delivery(deps);
  delivery.start();
  return delivery;
}

class Delivery {
  readonly #deps: EventDeliveryDeps;
  readonly #cursorName: string;
  #unwatch = (): void => {};
  #cancelRetry = (): void => {};
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #hasMore = false;
  readonly #stopping = new AbortController();
  #failureCount = 0;

  constructor(deps: EventDeliveryDeps) {
    this.#deps = deps;
    this.#cursorName = `webhook ${fingerprint(deps.url)}`;
  }

  start(): void {
    const { archive, recorder } = this.#deps;
    const atStart = archive.lastSequence();
    this.#unwatch = recorder.watch(() => this.#wake());
    this.#run(async () => {
      if ((await archive.cursor(this.#cursorName)) === undefined)
        await archive.moveCursor(this.#cursorName, atStart);
      await this.#deliverAll();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unwatch();
    this.#cancelRetry();
    await this.#running;
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #wake(): void {
    this.#hasMore = true;
    // A receiver that just failed is left alone until its time, however many events come meanwhile.
    if (!this.#isRunning && this.#failureCount === 0) this.#run(() => this.#deliverAll());
  }

  #run(work: () => Promise<void>): void {
    if (this.#isStopped) return;
    this.#isRunning = true;
    this.#running = work()
      .catch((error: unknown) => this.#retryLater(error))
      .then(() => {
        this.#isRunning = false;
        if (this.#hasMore && this.#failureCount === 0) this.#wake();
      });
  }

  async #deliverAll(): Promise<void> {
    const { archive } = this.#deps;
    this.#hasMore = false;
    let cursor = (await archive.cursor(this.#cursorName)) ?? 0;
    while (!this.#isStopped) {
      const page = await archive.read({ after: cursor, limit: PAGE_MAX_COUNT });
      if (page.length === 0) return;
      const start = cursor;
      try {
        for (const { sequence, event } of page) {
          if (this.#isStopped) return;
          await this.#deps.post(this.#deps.url, event, this.#stopping.signal);
          this.#failureCount = 0;
          cursor = sequence;
        }
      } finally {
        if (cursor > start) await archive.moveCursor(this.#cursorName, cursor);
      }
    }
  }

  #retryLater(error: unknown): void {
    if (this.#isStopped) return;
    const { clock, log } = this.#deps;
    this.#failureCount += 1;
    const afterMs = Math.min(RETRY_FIRST_MS * 2 ** (this.#failureCount - 1), RETRY_MOST_MS);
    const reason = error instanceof Error ? error.message : String(error);
    log.warn('events.not-delivered', { reason, attempt: this.#failureCount, retryAfterMs: afterMs });
    this.#cancelRetry = clock.schedule(plusMs(clock.now(), afterMs), () => {
      this.#run(() => this.#deliverAll());
    });
  }
}
