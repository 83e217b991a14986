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
  /** Labels that a container must have, as `name=value`. */
  readonly labels: readonly string[];
  readonly onContainer: (runtimeId: string) => void;
  /** Events may have been missed: look at every container. When it rejects the stream is opened again. */
  readonly onGap: () => Promise<void>;
}

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
    const { engine, clock, labels, onContainer, onGap } = this.#options;
    const filters = {
      type: ['container'],
      event: ['start', 'die', 'health_status', 'destroy'],
      label: labels,
    };
    const since = Math.floor(clock.now() / 1000) - OVERLAP_SECONDS;
    const path = `/events?since=${since}&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    const response = await engine.open({ method: 'GET', path, signal: this.#abort.signal, step: 'engine' });
    await onGap();
    this.#delayMs = FIRST_DELAY_MS;
    for await (const event of jsonLines<EngineEvent>(response)) {
      if (event.Actor?.ID !== undefined) onContainer(event.Actor.ID);
    }
  }

  #again(why: string): void {
    if (this.#abort.signal.aborted) return;
    const { clock, log } = this.#options;
    log.warn('runtime.events-lost', { why, retryInMs: this.#delayMs });
    const cancel = clock.schedule(plusMs(clock.now(), this.#delayMs), () => this.#run());
    this.#abort.signal.addEventListener('abort', cancel, { once: true });
    this.#delayMs = Math.min(LONGEST_DELAY_MS, this.#delayMs * 2);
  }
}
