import { takes } from '../core/placement/filters.ts';
import { placeTasks } from '../core/placement/place-tasks.ts';
import type {
  PlacementHost,
  PlacementOutcome,
  PlacementRefusal,
  PlacementView,
} from '../core/placement/placement-view.ts';
import { ZONE_ATTRIBUTE } from '../core/placement/placement-view.ts';
import { strategiesOf } from '../core/placement/request-rules.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Resources } from '../domain/resources.ts';
import type { LaunchType } from '../domain/task.ts';
import type { ReadTx } from '../store/store.ts';
import { containerInstances, services, tasks } from './collections.ts';
import { daemonClaims } from './daemon-hosts.ts';
import { awaitedDaemons, managedDaemonClaims } from './daemon-places.ts';
import type { LaunchDeps, LaunchRequest } from './launch-task.ts';
import { constraintsOf } from './placement-constraints.ts';
import { demandOf } from './placement-demand.ts';
import {
  type KnownHost,
  knownHostOf,
  knownHostsOf,
  type Reservations,
  withReservations,
} from './placement-hosts.ts';
import { attributeMap } from './query-hosts.ts';

/**
 * A pool larger than this is not read as a whole for a small launch: a part of it from a random place on is tried
 * first. Clients cannot see which host of the pool serves them, so no promise depends on having compared all.
 */
const POOL_SAMPLE_COUNT = 256;

/** How a search is told about. */
interface Search extends LaunchRequest {
  readonly refusalsWanted?: PlacementView['refusalsWanted'];
}

/**
 * Finds hosts for the request's tasks among those of the cluster, or of the FARGATE pool. Who reads the closest refusal
 * only says so: those of thousands of hosts are many. (PLC-7, PLC-8)
 */
export function placeRequest(deps: LaunchDeps, request: Search): PlacementOutcome {
  const { tx } = deps;
  if (request.hostArn !== undefined) return placeAmong(deps, request, chosenHost(tx, request.hostArn));
  if (request.capacity.launchType !== 'FARGATE') return placeAmong(deps, request, clusterHosts(tx, request));
  const sample = poolSample(deps, request.count);
  const outcome = sample === undefined ? undefined : placeAmong(deps, request, sample);
  if (outcome !== undefined && outcome.refusals.length === 0) return outcome;
  const pool = tx.find(containerInstances, 'pool', 'FARGATE');
  return placeAmong(deps, request, knownHostsOf('FARGATE', pool));
}

/** Tells of hosts of the request's cluster whether they can take one more task like its, each as it is when asked. */
export function takerTest(tx: ReadTx, request: LaunchRequest): (hostArn: string) => boolean {
  const asked = {
    demand: demandOf(tx, request),
    constraints: request.hostArn === undefined ? constraintsOf(tx, request, ownerOf(request)) : [],
  };
  let reservations: Reservations | undefined;
  return (hostArn) => {
    const instance = tx.get(containerInstances, hostArn);
    if (instance === undefined) return false;
    const known = knownHostOf(instance);
    reservations ??= reservationsFor(tx, request, known);
    return takes(withReservations(known, reservations), asked, 0);
  };
}

/**
 * Why each host, those that take no tasks at present included, refuses one more task like the request's; empty when one
 * would take it. (EXP-2)
 */
export function refusalsOfLaunch(tx: ReadTx, request: LaunchRequest): readonly PlacementRefusal[] {
  const hosts = hostsToExplain(tx, request).map(knownHostOf);
  return placeTasks(placementView(tx, { ...request, count: 1 }, { hosts, strategies: [] })).refusals;
}

function hostsToExplain(tx: ReadTx, request: LaunchRequest): readonly ContainerInstance[] {
  const { hostArn } = request;
  const chosen = hostArn === undefined ? undefined : tx.get(containerInstances, hostArn);
  if (hostArn !== undefined) return chosen === undefined ? [] : [chosen];
  return hostsOfLaunchType(tx, request.cluster.clusterArn, request.capacity.launchType);
}

/** The hosts of a cluster, or of the FARGATE pool, whatever their status. */
export const hostsOfLaunchType = (
  tx: ReadTx,
  clusterArn: string,
  launchType: LaunchType,
): readonly ContainerInstance[] =>
  launchType === 'FARGATE'
    ? tx.find(containerInstances, 'pool', 'FARGATE')
    : tx.find(containerInstances, 'cluster', clusterArn).filter((host) => host.launchType === launchType);

/** Whose tasks are spread: the service's or daemon's, else those of the group in the cluster. Keys of the index `spread`. */
export const ownerOf = (request: LaunchRequest): string =>
  request.service?.serviceArn ??
  request.daemon?.daemonArn ??
  `${request.cluster.clusterArn} ${request.group}`;

/** The zone that a host says it is in; undefined when it says none. */
export const zoneOf = (host: ContainerInstance | undefined): string | undefined =>
  host === undefined ? undefined : attributeMap(host.attributes).get(ZONE_ATTRIBUTE);

const chosenHost = (tx: ReadTx, hostArn: string): readonly KnownHost[] => {
  const host = tx.get(containerInstances, hostArn);
  return host === undefined ? [] : [knownHostOf(host)];
};

function clusterHosts(tx: ReadTx, { cluster, capacity }: LaunchRequest): readonly KnownHost[] {
  const active = tx.find(containerInstances, 'cluster', `${cluster.clusterArn} ACTIVE`);
  const hosts = knownHostsOf(cluster.clusterArn, active);
  const isMeant = ({ instance }: KnownHost): boolean => instance.launchType === capacity.launchType;
  // Clusters of one kind are common.
  return hosts.every(isMeant) ? hosts : hosts.filter(isMeant);
}

/** Hosts from a random place in the pool on; undefined when the pool is small or the launch is large. */
function poolSample({ tx, ids }: LaunchDeps, count: number): readonly KnownHost[] | undefined {
  const wanted = Math.max(POOL_SAMPLE_COUNT, count);
  if (tx.count(containerInstances, 'pool', 'FARGATE') <= 2 * wanted) return undefined;
  const [first] = tx.find(containerInstances, 'pool', 'FARGATE', { limit: 1 });
  if (first === undefined) return undefined;
  const prefix = first.containerInstanceArn.slice(0, first.containerInstanceArn.lastIndexOf('/') + 1);
  const tail = tx.find(containerInstances, 'pool', 'FARGATE', { after: prefix + ids.hex(8), limit: wanted });
  const head = tx.find(containerInstances, 'pool', 'FARGATE', { limit: wanted - tail.length });
  return [...tail, ...head].map(knownHostOf);
}

function placeAmong({ tx, ids }: LaunchDeps, request: Search, hosts: readonly KnownHost[]): PlacementOutcome {
  const strategy = request.placementStrategy ?? [];
  const isRandom = strategy.some(({ type }) => type === 'random');
  const strategies = strategiesOf(strategy, isRandom ? ids.hex(16) : '');
  return placeTasks(placementView(tx, request, { hosts, strategies }));
}

function placementView(
  tx: ReadTx,
  request: Search,
  { hosts, strategies }: { hosts: readonly KnownHost[]; strategies: PlacementView['strategies'] },
): PlacementView {
  const [first] = hosts;
  const reservations = first === undefined ? undefined : reservationsFor(tx, request, first);
  return {
    demand: demandOf(tx, request),
    taskCount: request.count,
    hosts: reservations === undefined ? hosts : reserved(hosts, reservations),
    groupTaskCountOn: ownTaskCounter(tx, request, hosts.length),
    constraints: request.hostArn === undefined ? constraintsOf(tx, request, ownerOf(request)) : [],
    strategies,
    refusalsWanted: request.refusalsWanted,
  };
}

/** Without any, which is common, the hosts are as they are known. */
const reserved = (hosts: readonly KnownHost[], reservations: Reservations): readonly PlacementHost[] =>
  reservations.claims === undefined && reservations.awaited === undefined
    ? hosts
    : hosts.map((host) => withReservations(host, reservations));

/** What keeps room of hosts from the request's tasks. All of them are of one cluster, or of the pool. */
const reservationsFor = (tx: ReadTx, request: LaunchRequest, { instance }: KnownHost): Reservations => ({
  claims: claimsBeside(tx, request),
  awaited: request.daemon === undefined ? awaitedDaemons(tx, instance.clusterArn) : undefined,
});

/**
 * How many tasks of the owner a host has; undefined while it has no task at all. Owners with fewer tasks than there are
 * hosts have their tasks gone through once; for others each host is asked.
 */
function ownTaskCounter(
  tx: ReadTx,
  request: LaunchRequest,
  hostCount: number,
): ((instanceArn: string) => number) | undefined {
  const owner = ownerOf(request);
  const index = request.service === undefined ? 'group' : 'service';
  const taskCount = tx.count(tasks, index, owner);
  if (taskCount === 0) return undefined;
  if (taskCount >= hostCount) return (instanceArn) => tx.count(tasks, 'spread', `${owner} ${instanceArn}`);
  const counts = new Map<string, number>();
  for (const { instanceArn } of tx.find(tasks, index, owner))
    if (instanceArn !== undefined) counts.set(instanceArn, (counts.get(instanceArn) ?? 0) + 1);
  return (instanceArn) => counts.get(instanceArn) ?? 0;
}

/** What managed daemons and DAEMON services claim of a host; the tasks of each take what is there. (DMN-7, MDM-30) */
function claimsBeside(
  tx: ReadTx,
  { capacity, cluster, service, daemon }: LaunchRequest,
): ((host: ContainerInstance) => Resources) | undefined {
  const row = service === undefined ? undefined : tx.get(services, service.serviceArn);
  if (daemon !== undefined || capacity.launchType === 'FARGATE') return undefined;
  const hasServices = tx.count(services, 'cluster', `${cluster.clusterArn} DAEMON`) > 0;
  const isFree = row?.schedulingStrategy === 'DAEMON' || !hasServices;
  const ofServices = isFree ? undefined : daemonClaims(tx, cluster.clusterArn);
  const ofDaemons = managedDaemonClaims(tx, cluster.clusterArn);
  if (ofServices === undefined || ofDaemons === undefined) return ofServices ?? ofDaemons;
  return (host) => plusResources(ofServices(host), ofDaemons(host));
}
