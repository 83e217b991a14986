import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Rng, seededRng } from '../../lib/rng.ts';
import type { PlacementStrategy } from './placement-view.ts';
import type { LoadedHost, LoadedView } from './testing.ts';
import {
  aDemand,
  aHost,
  anyViewOf,
  aView,
  couldTakeOneMore,
  countBy,
  placed,
  some,
  zone,
} from './testing.ts';

/** One level of preference, told once more: what it says of a host when `counts` tasks were placed. */
function scoreOf(
  strategy: PlacementStrategy,
  host: LoadedHost,
  { view, counts }: { view: LoadedView; counts: ReadonlyMap<string, number> },
): number {
  const tasksOn = (one: LoadedHost): number => one.groupTaskCount + (counts.get(one.hostId) ?? 0);
  const { resources } = view.demand;
  const placedHere = counts.get(host.hostId) ?? 0;
  switch (strategy.kind) {
    case 'spread':
      return view.hosts
        .filter((one) => one.attributes.get(strategy.attribute) === host.attributes.get(strategy.attribute))
        .reduce((sum, one) => sum + tasksOn(one), 0);
    case 'spread-hosts':
      return tasksOn(host);
    case 'binpack':
      return strategy.resource === 'cpu'
        ? host.registered.cpuUnits - host.reserved.cpuUnits - placedHere * resources.cpuUnits
        : host.registered.memoryMib - host.reserved.memoryMib - placedHere * resources.memoryMib;
    case 'random':
      return ringOf(seededRng(`${strategy.seed}/${host.hostId}`), placedHere);
  }
}

/** When a clock rings for its next task: pauses have the same mean everywhere, and each task is one ring. */
const ringOf = (rng: Rng, placedCount: number): number =>
  Array.from({ length: placedCount + 1 }, () => -Math.log(1 - rng.next())).reduce(
    (sum, pause) => sum + pause,
  );

/** Placement told once more, the slow way: for each task the best of all hosts that could take it. */
function placedSlowly(view: LoadedView): readonly string[] {
  const chosen: string[] = [];
  while (chosen.length < view.taskCount) {
    const counts = countBy(chosen);
    const fitting = view.hosts.filter((host) => couldTakeOneMore(host, view, counts.get(host.hostId) ?? 0));
    const ranked = fitting.map((host) => ({
      host,
      scores: view.strategies.map((strategy) => scoreOf(strategy, host, { view, counts })),
    }));
    ranked.sort((one, other) => {
      const at = one.scores.findIndex((score, level) => score !== other.scores[level]);
      if (at >= 0) return (one.scores[at] ?? 0) - (other.scores[at] ?? 0);
      return one.host.hostId < other.host.hostId ? -1 : 1;
    });
    const [best] = ranked;
    if (best === undefined) break;
    chosen.push(best.host.hostId);
  }
  return chosen;
}

describe('placement strategies', () => {
  test.each([
    { name: 'many tasks', most: { hostCount: 8, taskCount: 12 } },
    { name: 'many hosts', most: { hostCount: 60, taskCount: 4 } },
  ])('[PLC-4] each task goes to the first host by the strategies in their order: $name', ({ most }) => {
    fc.assert(
      fc.property(anyViewOf(most), (view) => {
        expect(placed(view)).toEqual(placedSlowly(view));
      }),
      { numRuns: 300 },
    );
  });

  test.each([{ strategies: [] }, { strategies: [{ kind: 'spread-hosts' }] }] as const)(
    '[PLC-5] of many hosts that are alike the first by id get the tasks, in whatever order they come: $strategies',
    ({ strategies }) => {
      const hosts = Array.from({ length: 100 }, (_, at) => aHost({ hostId: `h${100 + at}` }));
      const [first, second] = ['h100', strategies.length === 0 ? 'h100' : 'h101'];
      for (const order of [hosts, hosts.toReversed(), hosts.toSpliced(0, 50).concat(hosts.slice(0, 50))])
        expect(placed(aView({ hosts: order, strategies, taskCount: 2 }))).toEqual([first, second]);
    },
  );

  test('[PLC-4] random takes every host about as often, whatever their ids and load', () => {
    const hosts = ['a', 'b', 'c'].map((hostId, at) => aHost({ hostId, groupTaskCount: at * 10 }));
    const counts = countBy(
      placed(aView({ hosts, taskCount: 3000, strategies: [{ kind: 'random', seed: 'any' }] })),
    );
    for (const { hostId } of hosts) {
      expect(counts.get(hostId)).toBeGreaterThan(900);
      expect(counts.get(hostId)).toBeLessThan(1100);
    }
  });

  test('[PLC-4] random draws anew with each seed, and the same with the same', () => {
    const hosts = ['a', 'b', 'c', 'd'].map((hostId) => aHost({ hostId }));
    const draw = (seed: string) =>
      placed(aView({ hosts, taskCount: 20, strategies: [{ kind: 'random', seed }] }));
    expect(draw('one')).toEqual(draw('one'));
    expect(draw('one')).not.toEqual(draw('two'));
  });

  test('[PLC-4] spread over zones, then binpack in each', () => {
    const hosts = [
      aHost({ hostId: 'a1', attributes: zone('a'), registered: some(100, 100) }),
      aHost({ hostId: 'a2', attributes: zone('a'), registered: some(50, 50) }),
      aHost({ hostId: 'b1', attributes: zone('b'), registered: some(100, 100) }),
      aHost({ hostId: 'b2', attributes: zone('b'), registered: some(50, 50) }),
    ];
    const strategies: readonly PlacementStrategy[] = [
      { kind: 'spread', attribute: 'ecs.availability-zone' },
      { kind: 'binpack', resource: 'memory' },
    ];
    const demand = aDemand({ resources: some(20, 20) });
    expect(placed(aView({ hosts, demand, strategies, taskCount: 6 }))).toEqual([
      'a2',
      'b2',
      'a2',
      'b2',
      'a1',
      'b1',
    ]);
  });
});
