import type { Service } from '../../domain/service.ts';
import { type Clock, type Instant, plusMs } from '../../lib/clock.ts';

/** After services were woken for room, what else becomes free is gathered for so long: a look at many hosts is dear. */
const GATHER_MS = 100;
/** A service that found no host is tried again this often, also when no host seems to have changed. (SVC-22) */
const RETRY_MS = 5_000;
/** With more services than this the retries are further apart, so that they do not become all that is done. */
const RETRIED_TOGETHER_COUNT = 50;

/** What came of a look at a service. */
export interface RoomOutcome {
  /** Tasks are left that no host had room for. */
  readonly isWaiting: boolean;
  readonly hasStarted: boolean;
  /** What hosts were searched for in vain. */
  readonly vain: readonly Search[];
}

/** Tasks of a deployment to place, with what the service's row has of it. */
export type Search = Pick<Service, 'placementConstraints' | 'placementStrategy'> & {
  readonly deploymentId: string;
};

/** Whether two searches look for the same. Rows are never changed in place, so their parts are compared by identity. */
export const isSameSearch = (one: Search, other: Search): boolean =>
  one.deploymentId === other.deploymentId &&
  one.placementConstraints === other.placementConstraints &&
  one.placementStrategy === other.placementStrategy;

interface Waiting {
  /** The last room that was offered. */
  readonly offered: number;
  readonly retryAt: Instant;
  readonly vain: readonly Search[];
}

/**
 * Services that found no host with room, in the order in which they began to wait. When room comes it is offered to the
 * first, and to the next when one was satisfied or could not use it: whoever takes all of it leaves nothing to look at
 * for the others. A service is offered the same room once. (SVC-22)
 */
export class WaitingForRoom {
  readonly #clock: Clock;
  readonly #wake: (serviceArn: string) => void;
  readonly #waiting = new Map<string, Waiting>();
  #room = 0;
  #isGathering = false;
  #hasGathered = false;

  constructor(clock: Clock, wake: (serviceArn: string) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** To be read before a look and given to `looked` after it: room that comes meanwhile is offered again. */
  get room(): number {
    return this.#room;
  }

  /** Some host has more room than before. */
  roomCame(): void {
    this.#room += 1;
    if (this.isEmpty) return;
    if (this.#isGathering) {
      this.#hasGathered = true;
      return;
    }
    this.#isGathering = true;
    this.#offer();
    this.#clock.schedule(plusMs(this.#clock.now(), GATHER_MS), () => {
      this.#isGathering = false;
      if (!this.#hasGathered) return;
      this.#hasGathered = false;
      this.roomCame();
    });
  }

  /**
   * Whether hosts may be found for what was searched for: not when that was in vain and no room came since. A look that
   * was asked for by something else need not go through all hosts again. (SVC-22)
   */
  mayFind(serviceArn: string, search: Search): boolean {
    const entry = this.#waiting.get(serviceArn);
    if (entry === undefined || entry.offered < this.#room || this.#clock.now() >= entry.retryAt) return true;
    return !entry.vain.some((vain) => isSameSearch(vain, search));
  }

  /** A service was looked at, for whatever reason. Answers when it is to be tried again though nothing has changed. */
  looked(serviceArn: string, room: number, outcome: RoomOutcome): Instant | undefined {
    const { isWaiting, hasStarted, vain } = outcome;
    const before = this.#waiting.get(serviceArn);
    // Nothing was searched for: it waits on, in its place.
    const isUntried = isWaiting && vain.length === 0 && !hasStarted;
    if (isUntried && before !== undefined && before.retryAt > this.#clock.now()) return before.retryAt;
    this.#waiting.delete(serviceArn);
    const retryAt = isWaiting ? plusMs(this.#clock.now(), this.#retryMs) : undefined;
    if (retryAt !== undefined) this.#waiting.set(serviceArn, { offered: room, retryAt, vain });
    if (before !== undefined && !(isWaiting && hasStarted)) this.#offer();
    return retryAt;
  }

  get #retryMs(): number {
    return RETRY_MS * Math.max(1, this.#waiting.size / RETRIED_TOGETHER_COUNT);
  }

  #offer(): void {
    for (const [serviceArn, { offered }] of this.#waiting) {
      if (offered >= this.#room) continue;
      this.#wake(serviceArn);
      if (!this.#hasGathered) return;
    }
  }
}
