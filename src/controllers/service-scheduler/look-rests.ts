import type { Service } from '../../domain/service.ts';
import { type Clock, type Instant, plusMs } from '../../lib/clock.ts';
import { services } from '../../records/collections.ts';
import type { Change } from '../../store/store.ts';

/** Services with fewer tasks are looked at whenever something changes. */
const RESTING_COUNT = 10;
const REST_MAX_MS = 2_000;
/** Rests are one time longer for every so many services that roll out: looks would be all that is done. */
const ROLLOUTS_COUNT = 20;

/**
 * How long a service is left alone after a look. A look costs time for each of its tasks, and each report of a task asks
 * for one. Tasks that were started together report together, so one look serves many reports. (SVC-23)
 */
export class LookRests {
  readonly #clock: Clock;
  readonly #until = new Map<string, Instant>();
  /** ACTIVE services whose tasks are being started or replaced. */
  readonly #rollingOut = new Set<string>();

  constructor(clock: Clock, all: readonly Service[]) {
    this.#clock = clock;
    for (const service of all) this.#note(service.serviceArn, service);
  }

  /** Takes each change of the store. */
  changed({ collection, key, after }: Change): void {
    if (collection === services.name) this.#note(key, after as Service | undefined);
  }

  /** A look has just ended; the service has so many live tasks. */
  looked(serviceArn: string, taskCount: number): void {
    if (taskCount < RESTING_COUNT) {
      this.#until.delete(serviceArn);
      return;
    }
    const times = 1 + Math.floor(this.#rollingOut.size / ROLLOUTS_COUNT);
    this.#until.set(serviceArn, plusMs(this.#clock.now(), Math.min(taskCount * times, REST_MAX_MS)));
  }

  /** When it may be looked at. */
  until(serviceArn: string): Instant {
    return this.#until.get(serviceArn) ?? this.#clock.now();
  }

  #note(serviceArn: string, service: Service | undefined): void {
    const isRollingOut =
      service?.status === 'ACTIVE' && service.deployments[0]?.rolloutState === 'IN_PROGRESS';
    if (isRollingOut) this.#rollingOut.add(serviceArn);
    else this.#rollingOut.delete(serviceArn);
  }
}
