import type { Candidate } from './best-hosts.ts';
import { BestHosts, isBetter, scoresOf } from './best-hosts.ts';
import { closestRefusals } from './closest-refusal.ts';
import { mayTake, refusalOf, takes } from './filters.ts';
import { HostHeap } from './host-heap.ts';
import type {
  Placement,
  PlacementHost,
  PlacementOutcome,
  PlacementRefusal,
  PlacementView,
} from './placement-view.ts';
import type { Scorer } from './scorers.ts';
import { type SpreadCounters, scorerOf } from './scorers.ts';

/** Counts the tasks of the group on the hosts with one value of an attribute. */
type Counter = { count: number };

/** Hosts with the same values of all attributes that are spread over: among them only host scores decide. */
interface HostClass {
  /** For each scorer, in order: the counter of this class's value, undefined for host scorers. */
  readonly counters: readonly (Counter | undefined)[];
  readonly heap: HostHeap<Candidate>;
}

/** The same while the hosts are gone through. */
interface GatheredClass {
  readonly counters: HostClass['counters'];
  readonly best: BestHosts;
}

/**
 * Places tasks that are all alike: filters, then scores in order, then the least host id; each task sees what the ones
 * before it took. A task is unplaced only when no host can take it, and no host is given more than it has. The answer
 * does not depend on the order of the hosts. (PLC-1 to PLC-5)
 *
 * Costs O(hosts + tasks × (classes + log tasks)), where classes are the distinct values that are spread over; most
 * hosts are looked at for a moment, and nothing is kept of them.
 */
export function placeTasks(view: PlacementView): PlacementOutcome {
  const scorers = view.strategies.map((strategy) => scorerOf(strategy, view.demand));
  const classes = classesOf(view, scorers);
  const placements: Placement[] = [];
  const placedCounts = new Map<PlacementHost, number>();
  for (let task = 0; task < view.taskCount; task += 1) {
    const best = bestClass(classes, scorers);
    const chosen = best?.heap.least;
    if (best === undefined || chosen === undefined) break;
    placements.push({ kind: 'placed', hostId: chosen.host.hostId });
    take(view, scorers, { from: best, chosen });
    placedCounts.set(chosen.host, chosen.placedCount);
  }
  if (placements.length === view.taskCount) return { placements, refusals: [] };
  while (placements.length < view.taskCount) placements.push({ kind: 'unplaced' });
  const refusals =
    view.refusalsWanted === 'closest'
      ? closestRefusals(view, view.hosts, placedCounts)
      : refusalsOf(view, placedCounts);
  return { placements, refusals };
}

/** All that is to be known of a host while the hosts are gone through. */
interface Gathering {
  readonly view: PlacementView;
  readonly scorers: readonly Scorer[];
  readonly spreads: readonly SpreadCounters[];
  readonly classes: Map<string, GatheredClass>;
}

/** The hosts that can take a task, the best of each class. Counters know of the tasks on the other hosts too. */
function classesOf(view: PlacementView, scorers: readonly Scorer[]): readonly HostClass[] {
  const spreads = scorers.flatMap((scorer) => (scorer.kind === 'spread' ? [scorer.counters] : []));
  const gathering = { view, scorers, spreads, classes: new Map<string, GatheredClass>() };
  for (const host of view.hosts) {
    const groupTaskCount = view.groupTaskCountOn?.(host.hostId) ?? 0;
    if (groupTaskCount > 0) for (const counters of spreads) counters.counterOf(host).count += groupTaskCount;
    if (mayTake(host, view.demand)) gather(gathering, host, groupTaskCount);
  }
  return [...gathering.classes.values()].map(({ counters, best }) => ({
    counters,
    heap: new HostHeap(best.sorted(), isBetter),
  }));
}

/** Takes the host into its class if it is among the best there; only then all of the filters are asked. */
function gather(
  { view, scorers, spreads, classes }: Gathering,
  host: PlacementHost,
  taskCount: number,
): void {
  const key = classKey(host, spreads);
  const known = classes.get(key);
  if (known?.best.wants(host, taskCount) === false) return;
  if (!takes(host, view, 0)) return;
  const gathered = known ?? gatheredClass(host, scorers, view.taskCount);
  if (known === undefined) classes.set(key, gathered);
  gathered.best.add(host, taskCount);
}

function classKey(host: PlacementHost, spreads: readonly SpreadCounters[]): string {
  const [first] = spreads;
  if (first === undefined) return '';
  return spreads.length === 1
    ? first.valueOf(host)
    : JSON.stringify(spreads.map((counters) => counters.valueOf(host)));
}

const gatheredClass = (
  host: PlacementHost,
  scorers: readonly Scorer[],
  taskCount: number,
): GatheredClass => ({
  counters: scorers.map((scorer) => (scorer.kind === 'spread' ? scorer.counters.counterOf(host) : undefined)),
  best: new BestHosts(scorers, taskCount),
});

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
    const difference =
      scorers[level]?.kind === 'host'
        ? (a.scores[level] ?? 0) - (b.scores[level] ?? 0)
        : (one.counters[level]?.count ?? 0) - (other.counters[level]?.count ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a.host.hostId < b.host.hostId;
}

/** Books one task on the best host of a class; a host that is full for this demand leaves, for it stays full. */
function take(
  view: PlacementView,
  scorers: readonly Scorer[],
  { from, chosen }: { readonly from: HostClass; readonly chosen: Candidate },
): void {
  chosen.groupTaskCount += 1;
  chosen.placedCount += 1;
  for (const counter of from.counters) if (counter !== undefined) counter.count += 1;
  chosen.scores = scoresOf(scorers, chosen);
  if (takes(chosen.host, view, chosen.placedCount)) from.heap.leastChanged();
  else from.heap.removeLeast();
}

function refusalsOf(
  view: PlacementView,
  placedCounts: ReadonlyMap<PlacementHost, number>,
): readonly PlacementRefusal[] {
  return view.hosts
    .flatMap((host) => refusalOf(host, view, placedCounts.get(host) ?? 0) ?? [])
    .sort((one, other) => (one.hostId < other.hostId ? -1 : 1));
}
