import { type Clock, plusMs } from '../../lib/clock.ts';

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
}

/**
 * Services that found no host with room, in the order in which they began to wait. When room comes it is offered to the
 * first, and to the next when one was satisfied or could not use it: whoever takes all of it leaves nothing to look at
 * for the others. A service is offered the same room once. (SVC-22)
 */
export class WaitingForRoom {
  readonly #clock: Clock;
  readonly #wake: (serviceArn: string) => void;
  /** With the last room that each has been offered. */
  readonly #waiting = new Map<string, number>();
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

  /** A service was looked at, for whatever reason. */
  looked(serviceArn: string, room: number, { isWaiting, hasStarted }: RoomOutcome): void {
    const hasWaited = this.#waiting.delete(serviceArn);
    if (isWaiting) this.#waiting.set(serviceArn, room);
    if (hasWaited && !(isWaiting && hasStarted)) this.#offer();
  }

  /** How long to wait before a service is tried again though nothing has changed, in ms. */
  get retryMs(): number {
    return RETRY_MS * Math.max(1, this.#waiting.size / RETRIED_TOGETHER_COUNT);
  }

  #offer(): void {
    for (const [serviceArn, offered] of this.#waiting) {
      if (offered >= this.#room) continue;
      this.#wake(serviceArn);
      if (!this.#hasGathered) return;
    }
  }
}
