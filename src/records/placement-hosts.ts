import { type PlacementHost, placementHost } from '../core/placement/placement-view.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Resources } from '../domain/resources.ts';
import type { LaunchType } from '../domain/task.ts';
import { attributeMap } from './query-hosts.ts';

/** A host as placement sees it, with its row. */
export interface KnownHost extends PlacementHost {
  readonly instance: ContainerInstance;
}

/** Rows are never changed in place, so each is read into what placement looks at once. */
const knownHosts = new WeakMap<ContainerInstance, KnownHost>();

/** A host's row as every search for hosts sees it. */
export function knownHostOf(instance: ContainerInstance): KnownHost {
  const known = knownHosts.get(instance);
  if (known !== undefined) return known;
  const plain = {
    hostId: instance.containerInstanceArn,
    isActive: instance.status === 'ACTIVE',
    isConnected: instance.agentConnected,
    attributes: attributeMap(instance.attributes),
    registered: instance.registered,
    reserved: instance.reserved,
  };
  const made = { ...placementHost(plain), instance };
  knownHosts.set(instance, made);
  return made;
}

/** A listing that has not changed since the last search is the same array. */
const knownListings = new WeakMap<
  readonly ContainerInstance[],
  ReadonlyMap<LaunchType, readonly KnownHost[]>
>();
const NO_HOSTS: readonly KnownHost[] = [];

/** Those of a cluster's hosts that have the launch type, in the same order. */
export function knownHostsOf(
  instances: readonly ContainerInstance[],
  launchType: LaunchType,
): readonly KnownHost[] {
  const known = knownListings.get(instances) ?? byLaunchType(instances);
  knownListings.set(instances, known);
  return known.get(launchType) ?? NO_HOSTS;
}

function byLaunchType(
  instances: readonly ContainerInstance[],
): ReadonlyMap<LaunchType, readonly KnownHost[]> {
  const hosts = instances.map(knownHostOf);
  const [first] = hosts;
  if (first === undefined) return new Map();
  // Clusters of one kind are common.
  const { launchType } = first.instance;
  if (hosts.every(({ instance }) => instance.launchType === launchType))
    return new Map([[launchType, hosts]]);
  return Map.groupBy(hosts, ({ instance }) => instance.launchType);
}

/** What others than tasks do to a host's room; undefined where there is nothing of the kind in the cluster. */
export interface Reservations {
  /** Room that is kept for daemons. */
  readonly claims: ((host: ContainerInstance) => Resources) | undefined;
  /** The daemon that the host waits for, if any. */
  readonly awaited: ((host: ContainerInstance) => string | undefined) | undefined;
}

/** The host as a launch sees it that leaves reserved room alone. */
export function withReservations(host: KnownHost, { claims, awaited }: Reservations): PlacementHost {
  const claimed = claims?.(host.instance);
  const awaitedDaemon = awaited?.(host.instance);
  if (awaitedDaemon === undefined && (claimed === undefined || isNothing(claimed))) return host;
  const reserved = claimed === undefined ? host.reserved : plusResources(host.reserved, claimed);
  return placementHost({ ...host, reserved, awaitedDaemon });
}

const isNothing = ({ cpuUnits, memoryMib, tcpPorts, udpPorts, gpuIds = [] }: Resources): boolean =>
  cpuUnits === 0 && memoryMib === 0 && tcpPorts.length + udpPorts.length + gpuIds.length === 0;
