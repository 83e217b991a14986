import { type Rng, seededRng } from '../../lib/rng.ts';
import type { Candidate } from './filters.ts';
import type { PlacementHost, PlacementStrategy } from './placement-view.ts';

/** A score that depends on the host alone; less is better. */
export type HostScore = (candidate: Candidate) => number;

/** One level of preference. `spread` levels count over all hosts with the same attribute value, not over one host. */
export type Scorer =
  | { readonly kind: 'host'; readonly score: HostScore }
  | { readonly kind: 'spread'; readonly counters: SpreadCounters };

/** How many tasks of the group each value of an attribute has. Hosts without the attribute count as one value. */
class SpreadCounters {
  readonly #attribute: string;
  readonly #counters = new Map<string, { count: number }>();

  constructor(attribute: string, hosts: readonly PlacementHost[]) {
    this.#attribute = attribute;
    for (const host of hosts) this.counterOf(host).count += host.groupTaskCount;
  }

  valueOf(host: PlacementHost): string {
    return host.attributes.get(this.#attribute) ?? '';
  }

  counterOf(host: PlacementHost): { count: number } {
    const value = this.valueOf(host);
    const counter = this.#counters.get(value) ?? { count: 0 };
    if (counter.count === 0) this.#counters.set(value, counter);
    return counter;
  }
}

/** Makes the scorer of one strategy. Counts include hosts that cannot take the demand: their tasks are there too. */
export function scorerOf(strategy: PlacementStrategy, hosts: readonly PlacementHost[]): Scorer {
  switch (strategy.kind) {
    case 'spread':
      return { kind: 'spread', counters: new SpreadCounters(strategy.attribute, hosts) };
    case 'spread-hosts':
      return { kind: 'host', score: (candidate) => candidate.groupTaskCount };
    case 'binpack':
      return strategy.resource === 'cpu'
        ? { kind: 'host', score: (candidate) => candidate.freeCpuUnits }
        : { kind: 'host', score: (candidate) => candidate.freeMemoryMib };
    case 'random':
      return { kind: 'host', score: randomScore(strategy.seed) };
  }
}

/**
 * Each host has a clock of its own that rings at random, with the same rate for all, and a task goes where it rings next:
 * so each task goes to each host that is left with equal chance, whatever was placed before, and the order of the hosts
 * does not matter. The score is the time of the ring that the host's next task would answer.
 */
function randomScore(seed: string): HostScore {
  const clocks = new Map<string, { readonly rng: Rng; readonly rings: number[] }>();
  return ({ host, placedCount }) => {
    const known = clocks.get(host.hostId);
    const clock = known ?? { rng: seededRng(`${seed}/${host.hostId}`), rings: [] };
    if (known === undefined) clocks.set(host.hostId, clock);
    while (clock.rings.length <= placedCount) {
      clock.rings.push((clock.rings.at(-1) ?? 0) - Math.log(1 - clock.rng.next()));
    }
    return clock.rings[placedCount] ?? 0;
  };
}
