import type { Clock } from '../../lib/clock.ts';
import { plusMs } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import type { Log } from '../../lib/log.ts';
import type { EngineClient } from './engine-client.ts';
import { jsonLines } from './engine-client.ts';

/** What a stream of events needs. */
export interface EventStreamOptions {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Which events are wanted, as the engine's own filters. */
  readonly filters: EventFilters;
  /** Hears of each event, with the id of what it is about. */
  readonly onEvent: (id: string) => void;
  /** The stream is open, and hears of all that comes. Events before it may have been missed. When it rejects the stream is opened again. */
  readonly onOpen: () => Promise<void> | void;
  /** The stream has ended: nothing is heard until it is open again. */
  readonly onLost?: (() => void) | undefined;
}

/** The engine's filters of events, by name. */
export type EventFilters = Readonly<Record<string, readonly string[]>>;

/** What becomes of containers that have these labels, as `name=value`. */
export const containerEvents = (labels: readonly string[]): EventFilters => ({
  type: ['container'],
  event: ['start', 'die', 'health_status', 'destroy'],
  label: labels,
});

/** All that may change what an image's name stands for. */
export const IMAGE_EVENTS: EventFilters = { type: ['image'] };

interface EngineEvent {
  readonly Actor?: { readonly ID?: string };
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** The engine begins to listen a moment after it answers: events since shortly before are asked for. */
const OVERLAP_SECONDS = 2;

/** Follows the engine's events until it is closed, through restarts of the engine. */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #abort = new AbortController();
  #delayMs = FIRST_DELAY_MS;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#run();
  }

  close(): void {
    this.#abort.abort();
  }

  #run(): void {
    this.#follow().then(
      () => this.#again('the stream ended'),
      (error: unknown) => this.#again(errorText(error)),
    );
  }

  async #follow(): Promise<void> {
    const { engine, clock, filters, onEvent, onOpen } = this.#options;
    const since = Math.floor(clock.now() / 1000) - OVERLAP_SECONDS;
    const path = `/events?since=${since}&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    const response = await engine.open({ method: 'GET', path, signal: this.#abort.signal, step: 'engine' });
    await onOpen();
    this.#delayMs = FIRST_DELAY_MS;
    for await (const event of jsonLines<EngineEvent>(response)) {
      if (event.Actor?.ID !== undefined) onEvent(event.Actor.ID);
    }
  }

  #again(why: string): void {
    if (this.#abort.signal.aborted) return;
    const { clock, log, onLost } = this.#options;
    onLost?.();
    log.warn('runtime.events-lost', { why, retryInMs: this.#delayMs });
    const cancel = clock.schedule(plusMs(clock.now(), this.#delayMs), () => this.#run());
    this.#abort.signal.addEventListener('abort', cancel, { once: true });
    this.#delayMs = Math.min(LONGEST_DELAY_MS, this.#delayMs * 2);
  }
}
