import { type Rng, seededRng } from '../../lib/rng.ts';
import type { PlacementDemand, PlacementHost, PlacementStrategy } from './placement-view.ts';
import { ZONE_ATTRIBUTE } from './placement-view.ts';

/**
 * A score that depends on the host alone, on how many tasks of the group it has, those of this call included, and on
 * how many of these are of this call; less is better.
 */
export type HostScore = (host: PlacementHost, groupTaskCount: number, placedCount: number) => number;

/** One level of preference. `spread` levels count over all hosts with the same attribute value, not over one host. */
export type Scorer =
  | { readonly kind: 'host'; readonly score: HostScore }
  | { readonly kind: 'spread'; readonly counters: SpreadCounters };

/** How many tasks of the group each value of an attribute has. Hosts without the attribute count as one value. */
export class SpreadCounters {
  readonly #attribute: string;
  readonly #counters = new Map<string, { count: number }>();

  constructor(attribute: string) {
    this.#attribute = attribute;
  }

  valueOf(host: PlacementHost): string {
    return (this.#attribute === ZONE_ATTRIBUTE ? host.zone : host.attributes.get(this.#attribute)) ?? '';
  }

  counterOf(host: PlacementHost): { count: number } {
    const value = this.valueOf(host);
    const known = this.#counters.get(value);
    if (known !== undefined) return known;
    const counter = { count: 0 };
    this.#counters.set(value, counter);
    return counter;
  }
}

/** Makes the scorer of one strategy. What is on the hosts already must be told to its counters, if it has any. */
export function scorerOf(strategy: PlacementStrategy, { resources }: PlacementDemand): Scorer {
  switch (strategy.kind) {
    case 'spread':
      return { kind: 'spread', counters: new SpreadCounters(strategy.attribute) };
    case 'spread-hosts':
      return { kind: 'host', score: (_host, groupTaskCount) => groupTaskCount };
    case 'binpack':
      return strategy.resource === 'cpu'
        ? {
            kind: 'host',
            score: (host, _, placedCount) => host.freeCpuUnits - placedCount * resources.cpuUnits,
          }
        : {
            kind: 'host',
            score: (host, _, placedCount) => host.freeMemoryMib - placedCount * resources.memoryMib,
          };
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
  const rngOf = ({ hostId }: PlacementHost): Rng => seededRng(`${seed}/${hostId}`);
  const pause = (rng: Rng): number => -Math.log(1 - rng.next());
  const clocks = new Map<PlacementHost, { readonly rng: Rng; readonly rings: number[] }>();
  return (host, _, placedCount) => {
    // Most hosts are asked for their first ring alone: nothing of it is kept.
    if (placedCount === 0) return pause(rngOf(host));
    const clock = clocks.get(host) ?? { rng: rngOf(host), rings: [] };
    if (clock.rings.length === 0) clocks.set(host, clock);
    while (clock.rings.length <= placedCount) clock.rings.push((clock.rings.at(-1) ?? 0) + pause(clock.rng));
    return clock.rings[placedCount] ?? 0;
  };
}
