import type { ContainerInstance } from '../../domain/container-instance.ts';
import { zoneOf } from '../../records/launch-hosts.ts';
import type { Change } from '../../store/store.ts';

type Host = ContainerInstance | undefined;

/**
 * In which zones each cluster has hosts that take tasks. Kept up to date from the store's commits: a look at a service
 * asks for it, and is not to go through thousands of hosts. (DEP-31)
 */
export class ClusterZones {
  /** How many such hosts there are, by cluster and zone; never 0. */
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(hosts: readonly ContainerInstance[]) {
    for (const host of hosts) this.#add(host, 1);
  }

  /** Takes over a change of a host. */
  changed({ before, after }: Pick<Change, 'before' | 'after'>): void {
    const [old, now] = [before as Host, after as Host];
    if (countedZone(old) === countedZone(now)) return;
    this.#add(old, -1);
    this.#add(now, 1);
  }

  /** The zones' names, in no promised order. */
  of(clusterArn: string): readonly string[] {
    return [...(this.#counts.get(clusterArn)?.keys() ?? [])];
  }

  #add(host: Host, change: 1 | -1): void {
    const zone = countedZone(host);
    if (host === undefined || zone === undefined) return;
    const counts = this.#counts.get(host.clusterArn) ?? new Map<string, number>();
    const count = (counts.get(zone) ?? 0) + change;
    if (count === 0) counts.delete(zone);
    else counts.set(zone, count);
    if (counts.size === 0) this.#counts.delete(host.clusterArn);
    else this.#counts.set(host.clusterArn, counts);
  }
}

const countedZone = (host: Host): string | undefined =>
  host?.pool === 'CLUSTER' && host.status === 'ACTIVE' && host.agentConnected ? zoneOf(host) : undefined;
