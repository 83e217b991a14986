import type { Candidate } from './filters.ts';
import { candidateOf, refusalOf } from './filters.ts';
import { HostHeap } from './host-heap.ts';
import type { Placement, PlacementOutcome, PlacementRefusal, PlacementView } from './placement-view.ts';
import type { HostScore, Scorer } from './scorers.ts';
import { scorerOf } from './scorers.ts';

/** Hosts with the same values of all attributes that are spread over: among them only host scores decide. */
interface HostClass {
  /** For each scorer, in order: the counter of this class's value, undefined for host scorers. */
  readonly counters: readonly ({ count: number } | undefined)[];
  readonly heap: HostHeap<Candidate>;
}

/**
 * Places tasks that are all alike: filters, then scores in order, then the least host id; each task sees what the ones
 * before it took. A task is unplaced only when no host can take it, and no host is given more than it has. The answer
 * does not depend on the order of the hosts. (PLC-1 to PLC-5)
 *
 * Costs O(hosts + tasks × (classes + log hosts)), where classes are the distinct values that are spread over.
 */
export function placeTasks(view: PlacementView): PlacementOutcome {
  const candidates = view.hosts.map(candidateOf);
  const scorers = view.strategies.map((strategy) => scorerOf(strategy, view.hosts));
  const fitting = candidates.filter((candidate) => refusalFor(view, candidate) === undefined);
  const classes = classesOf(fitting, scorers);
  const placements: Placement[] = [];
  for (let task = 0; task < view.taskCount; task += 1) {
    const best = bestClass(classes, scorers);
    const chosen = best?.heap.least;
    if (best === undefined || chosen === undefined) break;
    placements.push({ kind: 'placed', hostId: chosen.host.hostId });
    take(view, best, chosen);
  }
  if (placements.length === view.taskCount) return { placements, refusals: [] };
  while (placements.length < view.taskCount) placements.push({ kind: 'unplaced' });
  return { placements, refusals: refusalsOf(view, candidates) };
}

const refusalFor = (view: PlacementView, candidate: Candidate): PlacementRefusal | undefined =>
  refusalOf(candidate, view.demand, view.constraints);

function classesOf(candidates: readonly Candidate[], scorers: readonly Scorer[]): readonly HostClass[] {
  const hostScores = scorers.flatMap((scorer) => (scorer.kind === 'host' ? [scorer.score] : []));
  const spreads = scorers.flatMap((scorer) => (scorer.kind === 'spread' ? [scorer.counters] : []));
  const members = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const [value = '', ...others] = spreads.map((counters) => counters.valueOf(candidate.host));
    const key = others.length === 0 ? value : JSON.stringify([value, ...others]);
    const list = members.get(key);
    if (list === undefined) members.set(key, [candidate]);
    else list.push(candidate);
  }
  return [...members.values()].map((list) => hostClass(list, scorers, hostScores));
}

function hostClass(
  list: Candidate[],
  scorers: readonly Scorer[],
  hostScores: readonly HostScore[],
): HostClass {
  const first = list[0]?.host;
  return {
    counters: scorers.map((scorer) =>
      scorer.kind === 'spread' && first !== undefined ? scorer.counters.counterOf(first) : undefined,
    ),
    heap: new HostHeap(list, (one, other) => hostPrecedes(one, other, hostScores)),
  };
}

function hostPrecedes(one: Candidate, other: Candidate, scores: readonly HostScore[]): boolean {
  for (const score of scores) {
    const difference = score(one) - score(other);
    if (difference !== 0) return difference < 0;
  }
  return one.host.hostId < other.host.hostId;
}

/** The class whose best host is the best of all. */
function bestClass(classes: readonly HostClass[], scorers: readonly Scorer[]): HostClass | undefined {
  let best: HostClass | undefined;
  for (const each of classes) {
    if (each.heap.least === undefined) continue;
    if (best === undefined || classPrecedes(each, best, scorers)) best = each;
  }
  return best;
}

function classPrecedes(one: HostClass, other: HostClass, scorers: readonly Scorer[]): boolean {
  const [a, b] = [one.heap.least, other.heap.least];
  if (a === undefined || b === undefined) return b === undefined;
  for (let level = 0; level < scorers.length; level += 1) {
    const scorer = scorers[level];
    const difference =
      scorer?.kind === 'host'
        ? scorer.score(a) - scorer.score(b)
        : (one.counters[level]?.count ?? 0) - (other.counters[level]?.count ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a.host.hostId < b.host.hostId;
}

/** Books one task on the best host of a class; a host that is full for this demand leaves, for it stays full. */
function take(view: PlacementView, from: HostClass, chosen: Candidate): void {
  chosen.freeCpuUnits -= view.demand.resources.cpuUnits;
  chosen.freeMemoryMib -= view.demand.resources.memoryMib;
  chosen.freeGpuCount -= view.demand.gpuCount ?? 0;
  chosen.groupTaskCount += 1;
  chosen.placedCount += 1;
  for (const counter of from.counters) if (counter !== undefined) counter.count += 1;
  if (refusalFor(view, chosen) === undefined) from.heap.leastChanged();
  else from.heap.removeLeast();
}

function refusalsOf(view: PlacementView, candidates: readonly Candidate[]): readonly PlacementRefusal[] {
  return candidates
    .flatMap((candidate) => refusalFor(view, candidate) ?? [])
    .sort((one, other) => (one.hostId < other.hostId ? -1 : 1));
}
