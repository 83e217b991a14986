import fc from 'fast-check';
import type { Resources } from '../../domain/resources.ts';
import { NO_RESOURCES } from '../../domain/resources.ts';
import { placeTasks } from './place-tasks.ts';
import type {
  PlacementConstraint,
  PlacementDemand,
  PlacementHost,
  PlacementStrategy,
  PlacementView,
} from './placement-view.ts';
import { DEFAULT_STRATEGIES, placementHost, ZONE_ATTRIBUTE } from './placement-view.ts';

/** For tests: CPU units and MiB without ports. */
export function some(cpuUnits: number, memoryMib: number): Resources {
  return { ...NO_RESOURCES, cpuUnits, memoryMib };
}

/** For tests: the attributes of a host in a zone. */
export function zone(name: string): ReadonlyMap<string, string> {
  return new Map([[ZONE_ATTRIBUTE, name]]);
}

/** For tests: a host, and how many tasks of the group are on it. */
export interface LoadedHost extends PlacementHost {
  readonly groupTaskCount: number;
}

/** For tests: a view whose hosts tell how many tasks of the group they have. */
export interface LoadedView extends PlacementView {
  readonly hosts: readonly LoadedHost[];
}

/** For tests: a connected ACTIVE host with 4 vCPU and 8 GiB. */
export function aHost(host: Partial<LoadedHost> & { readonly hostId: string }): LoadedHost {
  const plain = {
    isActive: true,
    isConnected: true,
    attributes: new Map(),
    registered: some(4096, 8192),
    reserved: NO_RESOURCES,
    ...host,
  };
  return { ...placementHost(plain), groupTaskCount: host.groupTaskCount ?? 0 };
}

/** For tests: a demand that asks for nothing. */
export function aDemand(demand: Partial<PlacementDemand> = {}): PlacementDemand {
  return { resources: NO_RESOURCES, requiredAttributes: [], matchingAttributes: [], ...demand };
}

/** For tests: one task by the default strategies. */
export function aView(view: Partial<LoadedView>): LoadedView {
  const hosts = view.hosts ?? [];
  const counts = new Map(hosts.map(({ hostId, groupTaskCount }) => [hostId, groupTaskCount]));
  return {
    demand: aDemand(),
    taskCount: 1,
    hosts,
    groupTaskCountOn: (hostId) => counts.get(hostId) ?? 0,
    constraints: [],
    strategies: DEFAULT_STRATEGIES,
    ...view,
  };
}

/** For tests: the hosts of the placed tasks, in the order of the tasks. */
export const placed = (view: PlacementView): readonly string[] =>
  placeTasks(view).placements.flatMap((placement) => (placement.kind === 'placed' ? [placement.hostId] : []));

/** For tests: how often each name is there. */
export function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The rules of placement told once more, the slow way. */
export function couldTakeOneMore(host: PlacementHost, view: PlacementView, count: number): boolean {
  const { resources, requiredAttributes, zones } = view.demand;
  const hostZone = host.attributes.get(ZONE_ATTRIBUTE);
  const ports = [
    ...host.reserved.tcpPorts,
    ...host.registered.tcpPorts,
    ...(count > 0 ? resources.tcpPorts : []),
  ];
  return (
    host.isActive &&
    host.isConnected &&
    requiredAttributes.every((name) => host.attributes.has(name)) &&
    (zones === undefined || hostZone === undefined || zones.includes(hostZone)) &&
    host.reserved.cpuUnits + (count + 1) * resources.cpuUnits <= host.registered.cpuUnits &&
    host.reserved.memoryMib + (count + 1) * resources.memoryMib <= host.registered.memoryMib &&
    !resources.tcpPorts.some((port) => ports.includes(port)) &&
    view.constraints.every((constraint) => constraint.admits(host, count))
  );
}

/** At most so many tasks of a call on a host, as `distinctInstance` is with 1. */
const atMost = (most: number): PlacementConstraint => ({
  reason: `at most ${most}`,
  dependsOnTasks: true,
  admits: (_host, placedCount) => placedCount < most,
});

/** Only hosts whose ids come at or after this one, as `memberOf` keeps to some. */
const idsFrom = (least: string): PlacementConstraint => ({
  reason: `from ${least}`,
  dependsOnTasks: false,
  admits: ({ hostId }) => hostId >= least,
});

const anyAmount = fc.integer({ min: 0, max: 8 });
const anyPorts = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 });
const anyResources = fc.record({
  cpuUnits: anyAmount,
  memoryMib: anyAmount,
  tcpPorts: anyPorts,
  udpPorts: fc.constant([]),
});
const anyHost: fc.Arbitrary<LoadedHost> = fc
  .record({
    hostId: fc.string({ minLength: 1, maxLength: 4 }),
    isActive: fc.integer({ min: 0, max: 5 }).map((draw) => draw > 0),
    isConnected: fc.integer({ min: 0, max: 5 }).map((draw) => draw > 0),
    attributes: fc
      .record({ zone: fc.constantFrom('a', 'b', undefined), gpu: fc.boolean() })
      .map(
        ({ zone: name, gpu }) =>
          new Map<string, string | undefined>([
            ...(name === undefined ? [] : [[ZONE_ATTRIBUTE, name] as const]),
            ...(gpu ? [['gpu', undefined] as const] : []),
          ]),
      ),
    registered: anyResources.map((offer) => ({
      ...offer,
      cpuUnits: offer.cpuUnits * 4,
      memoryMib: offer.memoryMib * 4,
    })),
    reserved: anyResources,
    groupTaskCount: fc.integer({ min: 0, max: 3 }),
  })
  .map(aHost);
const anyStrategies: fc.Arbitrary<readonly PlacementStrategy[]> = fc.array(
  fc.constantFrom<PlacementStrategy>(
    { kind: 'spread', attribute: ZONE_ATTRIBUTE },
    { kind: 'spread-hosts' },
    { kind: 'binpack', resource: 'cpu' },
    { kind: 'binpack', resource: 'memory' },
    { kind: 'random', seed: 's' },
  ),
  { maxLength: 3 },
);
/** For tests: any view of at most so many hosts and tasks. */
export const anyViewOf = (most: {
  readonly hostCount: number;
  readonly taskCount: number;
}): fc.Arbitrary<LoadedView> =>
  fc
    .record({
      demand: fc.record({
        resources: anyResources.map((need) => ({ ...need, tcpPorts: need.tcpPorts.slice(0, 1) })),
        requiredAttributes: fc.constantFrom([], [], ['gpu']),
        matchingAttributes: fc.constant([]),
        zones: fc.constantFrom(undefined, undefined, ['a'], ['a', 'b']),
      }),
      taskCount: fc.integer({ min: 0, max: most.taskCount }),
      hosts: fc.uniqueArray(anyHost, {
        maxLength: most.hostCount,
        selector: ({ hostId }) => hostId,
        // As many of any number, not few.
        size: 'max',
      }),
      constraints: fc.constantFrom([], [], [atMost(1)], [atMost(2)], [idsFrom('M')], [idsFrom('~~~~~')]),
      strategies: anyStrategies,
    })
    .map(aView);

/** For tests: any view, small enough that hosts get full. */
export const anyView: fc.Arbitrary<LoadedView> = anyViewOf({ hostCount: 8, taskCount: 12 });
