import { type Clock, type Instant, plusMs } from '../../lib/clock.ts';
import { isSameSearch, type Search } from './waiting-for-room.ts';

/** A host that was free may be taken by others; and later there may be better ones. */
const KEPT_MS = 1_000;

interface Found {
  readonly search: Search;
  readonly hostArns: readonly string[];
  readonly until: Instant;
}

/**
 * Hosts that were found for more tasks of a deployment than one look starts. The looks that follow use them, because to
 * find a host all hosts of a cluster are gone through. They are no promise: each host is asked again. (SVC-24)
 */
export class FoundHosts {
  readonly #clock: Clock;
  readonly #found = new Map<string, Found>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether hosts are known for more tasks of a deployment. */
  has(deploymentId: string): boolean {
    return this.#found.has(deploymentId);
  }

  /** Takes all that is known for the search. */
  take(search: Search): readonly string[] {
    const found = this.#found.get(search.deploymentId);
    this.#found.delete(search.deploymentId);
    if (found === undefined || this.#clock.now() >= found.until) return [];
    return isSameSearch(found.search, search) ? found.hostArns : [];
  }

  /** For the look that follows, in place of what was known before. */
  keep(search: Search, hostArns: readonly string[]): void {
    this.#found.delete(search.deploymentId);
    this.#forgetOld();
    if (hostArns.length === 0) return;
    const until = plusMs(this.#clock.now(), KEPT_MS);
    this.#found.set(search.deploymentId, { search, hostArns, until });
  }

  /** Deployments that are gone ask no more. The map is in the order of time. */
  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [deploymentId, { until }] of this.#found) {
      if (now < until) return;
      this.#found.delete(deploymentId);
    }
  }
}
