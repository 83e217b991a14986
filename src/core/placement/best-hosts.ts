import type { PlacementHost } from './placement-view.ts';
import type { Scorer } from './scorers.ts';

/** A host that can take a task, in the course of one call. */
export interface Candidate {
  readonly host: PlacementHost;
  /** Of the demand's service or group, those placed by this call included. */
  groupTaskCount: number;
  /** Tasks placed on it by this call. */
  placedCount: number;
  /** By level of preference; 0 where the level is no score of hosts. */
  scores: readonly number[];
}

/** So many more than needed are gathered before they are sorted and the worst are left out. */
const SURPLUS_COUNT = 16;

/** The scores of a host with so many tasks. */
export const scoresOf = (
  scorers: readonly Scorer[],
  { host, groupTaskCount, placedCount }: Omit<Candidate, 'scores'>,
): readonly number[] =>
  scorers.map((scorer) => (scorer.kind === 'host' ? scorer.score(host, groupTaskCount, placedCount) : 0));

/** Whether a candidate is the better one; ids decide last. */
export function isBetter(one: Candidate, other: Candidate): boolean {
  for (let level = 0; level < one.scores.length; level += 1) {
    const difference = (one.scores[level] ?? 0) - (other.scores[level] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return one.host.hostId < other.host.hostId;
}

/**
 * The best of many hosts, as many as there are tasks to place: a task goes to the best host that is left, and hosts that
 * get none keep their order, so that no task can come to another. Hosts that are not among them cost one comparison.
 */
export class BestHosts {
  readonly #scorers: readonly Scorer[];
  readonly #wantedCount: number;
  readonly #gathered: Candidate[] = [];
  /** The worst one that counts; hosts that are no better are not wanted. */
  #worst: Candidate | undefined;

  constructor(scorers: readonly Scorer[], wantedCount: number) {
    this.#scorers = scorers;
    this.#wantedCount = wantedCount;
  }

  /** False when the host is certainly not among the best. */
  wants(host: PlacementHost, groupTaskCount: number): boolean {
    const worst = this.#worst;
    if (worst === undefined) return true;
    for (let level = 0; level < this.#scorers.length; level += 1) {
      const scorer = this.#scorers[level];
      if (scorer?.kind !== 'host') continue;
      const difference = scorer.score(host, groupTaskCount, 0) - (worst.scores[level] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    return host.hostId < worst.host.hostId;
  }

  /** Takes one that `wants` was true for. */
  add(host: PlacementHost, groupTaskCount: number): void {
    const load = { host, groupTaskCount, placedCount: 0 };
    this.#gathered.push({ ...load, scores: scoresOf(this.#scorers, load) });
    if (this.#gathered.length >= this.#wantedCount + SURPLUS_COUNT) this.#sort();
  }

  /** The best first. */
  sorted(): Candidate[] {
    this.#sort();
    return this.#gathered;
  }

  #sort(): void {
    this.#gathered.sort((one, other) => (isBetter(one, other) ? -1 : 1));
    if (this.#gathered.length < this.#wantedCount) return;
    this.#gathered.length = this.#wantedCount;
    this.#worst = this.#gathered.at(-1);
  }
}
