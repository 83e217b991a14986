import { avoidedAttributes, poolAttributes } from '../core/placement/avoided-attributes.ts';
import { placeTasks } from '../core/placement/place-tasks.ts';
import type {
  PlacementDemand,
  PlacementHost,
  PlacementOutcome,
  PlacementRefusal,
  PlacementView,
} from '../core/placement/placement-view.ts';
import { ZONE_ATTRIBUTE } from '../core/placement/placement-view.ts';
import { strategiesOf } from '../core/placement/request-rules.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import { gpuCountOf } from '../core/task/task-gpus.ts';
import { taskSize } from '../core/task/task-size.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Resources } from '../domain/resources.ts';
import type { LaunchType } from '../domain/task.ts';
import type { ReadTx } from '../store/store.ts';
import { containerInstances, services, subnets, tasks } from './collections.ts';
import { daemonClaims } from './daemon-hosts.ts';
import { awaitedDaemon, managedDaemonClaims } from './daemon-places.ts';
import type { LaunchDeps, LaunchRequest } from './launch-task.ts';
import { constraintsOf } from './placement-constraints.ts';
import { attributeMap } from './query-hosts.ts';

/**
 * A pool larger than this is not read as a whole for a small launch: a part of it from a random place on is tried
 * first. Clients cannot see which host of the pool serves them, so no promise depends on having compared all.
 */
const POOL_SAMPLE_COUNT = 256;

/** Finds hosts for the request's tasks among those of the cluster, or of the FARGATE pool. (PLC-7, PLC-8) */
export function placeRequest(deps: LaunchDeps, request: LaunchRequest): PlacementOutcome {
  const { tx } = deps;
  if (request.hostArn !== undefined) return placeAmong(deps, request, chosenHost(tx, request.hostArn));
  if (request.capacity.launchType !== 'FARGATE') return placeAmong(deps, request, clusterHosts(tx, request));
  const sample = poolSample(deps, request.count);
  const outcome = sample === undefined ? undefined : placeAmong(deps, request, sample);
  if (outcome !== undefined && outcome.refusals.length === 0) return outcome;
  return placeAmong(deps, request, tx.find(containerInstances, 'pool', 'FARGATE'));
}

/** Whether a host can take one more task like the request's, as it is now. */
export const isTaker = (deps: LaunchDeps, request: LaunchRequest, hostArn: string): boolean =>
  placeAmong(deps, { ...request, count: 1 }, chosenHost(deps.tx, hostArn)).refusals.length === 0;

/**
 * Why each host, those that take no tasks at present included, refuses one more task like the request's; empty when one
 * would take it. (EXP-2)
 */
export function refusalsOfLaunch(tx: ReadTx, request: LaunchRequest): readonly PlacementRefusal[] {
  const hosts = hostsToExplain(tx, request);
  return placeTasks(placementView(tx, { ...request, count: 1 }, { hosts, strategies: [] })).refusals;
}

function hostsToExplain(tx: ReadTx, request: LaunchRequest): readonly ContainerInstance[] {
  if (request.hostArn !== undefined) return chosenHost(tx, request.hostArn);
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

const chosenHost = (tx: ReadTx, hostArn: string): readonly ContainerInstance[] => {
  const host = tx.get(containerInstances, hostArn);
  return host === undefined ? [] : [host];
};

const clusterHosts = (tx: ReadTx, { cluster, capacity }: LaunchRequest): readonly ContainerInstance[] =>
  tx
    .find(containerInstances, 'cluster', `${cluster.clusterArn} ACTIVE`)
    .filter(({ launchType }) => launchType === capacity.launchType);

/** Hosts from a random place in the pool on; undefined when the pool is small or the launch is large. */
function poolSample({ tx, ids }: LaunchDeps, count: number): readonly ContainerInstance[] | undefined {
  const wanted = Math.max(POOL_SAMPLE_COUNT, count);
  if (tx.count(containerInstances, 'pool', 'FARGATE') <= 2 * wanted) return undefined;
  const [first] = tx.find(containerInstances, 'pool', 'FARGATE', { limit: 1 });
  if (first === undefined) return undefined;
  const prefix = first.containerInstanceArn.slice(0, first.containerInstanceArn.lastIndexOf('/') + 1);
  const tail = tx.find(containerInstances, 'pool', 'FARGATE', { after: prefix + ids.hex(8), limit: wanted });
  const head = tx.find(containerInstances, 'pool', 'FARGATE', { limit: wanted - tail.length });
  return [...tail, ...head];
}

function placeAmong(
  { tx, ids }: LaunchDeps,
  request: LaunchRequest,
  instances: readonly ContainerInstance[],
): PlacementOutcome {
  const strategy = request.placementStrategy ?? [];
  const isRandom = strategy.some(({ type }) => type === 'random');
  const strategies = strategiesOf(strategy, isRandom ? ids.hex(16) : '');
  return placeTasks(placementView(tx, request, { hosts: instances, strategies }));
}

function placementView(
  tx: ReadTx,
  request: LaunchRequest,
  { hosts, strategies }: { hosts: readonly ContainerInstance[]; strategies: PlacementView['strategies'] },
): PlacementView {
  const owner = ownerOf(request);
  const claimed = claimsBeside(tx, request);
  const countOn = ownTaskCounter(tx, request, hosts.length);
  return {
    demand: demandOf(tx, request),
    taskCount: request.count,
    hosts: hosts.map((instance) =>
      hostOf(instance, {
        groupTaskCount: countOn(instance.containerInstanceArn),
        claimed: claimed?.(instance),
        awaitedDaemon: request.daemon === undefined ? awaitedDaemon(tx, instance) : undefined,
      }),
    ),
    constraints: request.hostArn === undefined ? constraintsOf(tx, request, owner) : [],
    strategies,
  };
}

/**
 * How many tasks of the owner a host has. Owners with fewer tasks than there are hosts have their tasks gone through
 * once; for others each host is asked.
 */
function ownTaskCounter(
  tx: ReadTx,
  request: LaunchRequest,
  hostCount: number,
): (instanceArn: string) => number {
  const owner = ownerOf(request);
  const index = request.service === undefined ? 'group' : 'service';
  if (tx.count(tasks, index, owner) >= hostCount)
    return (instanceArn) => tx.count(tasks, 'spread', `${owner} ${instanceArn}`);
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

function hostOf(
  instance: ContainerInstance,
  {
    groupTaskCount,
    claimed,
    awaitedDaemon,
  }: Pick<PlacementHost, 'groupTaskCount' | 'awaitedDaemon'> & { readonly claimed: Resources | undefined },
): PlacementHost {
  return {
    hostId: instance.containerInstanceArn,
    isActive: instance.status === 'ACTIVE',
    isConnected: instance.agentConnected,
    awaitedDaemon,
    attributes: attributeMap(instance.attributes),
    registered: instance.registered,
    reserved: claimed === undefined ? instance.reserved : plusResources(instance.reserved, claimed),
    groupTaskCount,
  };
}

function demandOf(tx: ReadTx, request: LaunchRequest): PlacementDemand {
  const { document } = request.definition;
  const isFargate = request.capacity.launchType === 'FARGATE';
  const zones = request.network?.subnets.flatMap((id) => tx.get(subnets, id)?.availabilityZone ?? []);
  return {
    resources: taskSize(document, request.overrides).reserved,
    requiredAttributes: isFargate
      ? poolAttributes(document)
      : (document.requiresAttributes ?? []).map(({ name }) => name),
    avoidedAttributes: avoidedAttributes(document),
    gpuCount: gpuCountOf(document, request.overrides),
    storageGib: request.overrides?.ephemeralStorage?.sizeInGiB ?? document.ephemeralStorage?.sizeInGiB,
    matchingAttributes: platformAttributes(request),
    zones: isFargate ? undefined : request.zone === undefined ? zones : [request.zone],
  };
}

/** Only a platform that the definition names is asked for: a pool of one kind serves definitions that name none. */
function platformAttributes({ definition }: LaunchRequest): PlacementDemand['matchingAttributes'] {
  const { cpuArchitecture, operatingSystemFamily } = definition.document.runtimePlatform ?? {};
  return [
    ...(cpuArchitecture === undefined
      ? []
      : [{ name: 'ecs.cpu-architecture', value: cpuArchitecture.toLowerCase() }]),
    ...(operatingSystemFamily === undefined ? [] : [{ name: 'ecs.os-family', value: operatingSystemFamily }]),
  ];
}
