import { type PlacementHost, placementHost } from '../core/placement/placement-view.ts';
import { plusResources } from '../core/placement/resource-sums.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Resources } from '../domain/resources.ts';
import { keepRecent } from '../lib/keep-recent.ts';
import { attributeMap } from './query-hosts.ts';

/** A host as placement sees it, with its row. */
export interface KnownHost extends PlacementHost {
  readonly instance: ContainerInstance;
}

/** A host's row as a search for hosts sees it. */
export function knownHostOf(instance: ContainerInstance): KnownHost {
  const plain = {
    hostId: instance.containerInstanceArn,
    isActive: instance.status === 'ACTIVE',
    isConnected: instance.agentConnected,
    attributes: attributeMap(instance.attributes),
    registered: instance.registered,
    reserved: instance.reserved,
  };
  return { ...placementHost(plain), instance };
}

/** Rows that were listed, in key order, and what was made of them. */
interface Listing {
  readonly instances: readonly ContainerInstance[];
  readonly hosts: readonly KnownHost[];
}

/** Of so many clusters the last listing is remembered. */
const LISTINGS_COUNT = 64;

/** The last listings by name. */
const listings = new Map<string, Listing>();

/**
 * A listing of hosts as every search sees them, in the same order. Rows are never changed in place, and from one search to
 * the next only a few are others: what was made of the rest is used again.
 */
export function knownHostsOf(name: string, instances: readonly ContainerInstance[]): readonly KnownHost[] {
  const before = listings.get(name);
  const hosts = before?.instances === instances ? before.hosts : renewed(before?.hosts ?? [], instances);
  keepRecent(listings, name, { value: { instances, hosts }, mostCount: LISTINGS_COUNT });
  return hosts;
}

/** Goes through both in the order of their keys. */
function renewed(before: readonly KnownHost[], instances: readonly ContainerInstance[]): KnownHost[] {
  let at = 0;
  return instances.map((instance) => {
    let known = before[at];
    while (
      known !== undefined &&
      known.instance !== instance &&
      known.hostId < instance.containerInstanceArn
    ) {
      at += 1;
      known = before[at];
    }
    if (known?.hostId === instance.containerInstanceArn) at += 1;
    return known?.instance === instance ? known : knownHostOf(instance);
  });
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
