import type { Service } from '../domain/service.ts';
import type { ReadTx } from '../store/store.ts';
import { containerInstances, subnets } from './collections.ts';
import { zoneOf } from './launch-hosts.ts';

/**
 * The zones that tasks of the service can be in, by name. Empty while it is not to be balanced, or not steady: then nobody asks, and
 * the hosts of a large cluster need not be gone through. Who looks often passes what it knows of the hosts. (DEP-31)
 */
export function zonesOf(
  tx: ReadTx,
  service: Service,
  zonesOfHosts: (clusterArn: string) => readonly string[] = (clusterArn) => zonesOfAll(tx, clusterArn),
): readonly string[] {
  const [only, another] = service.deployments;
  const isQuiet = service.steadyAt !== undefined || service.zoneRebalance !== undefined;
  const isEnabled = service.availabilityZoneRebalancing === 'ENABLED';
  const isAsked = isEnabled && isQuiet && only?.rolloutState === 'COMPLETED';
  if (!isAsked || another !== undefined) return [];
  const { networkConfiguration, launchType, capacityProviderStrategy } = service.spec;
  const subnetIds = networkConfiguration?.awsvpcConfiguration?.subnets;
  const ofSubnets = subnetIds?.flatMap((id) => tx.get(subnets, id)?.availabilityZone ?? []);
  const isFargate = capacityProviderStrategy?.some(({ capacityProvider }) =>
    capacityProvider.startsWith('FARGATE'),
  );
  if (launchType === 'FARGATE' || isFargate === true) return sorted(ofSubnets ?? []);
  const ofHosts = zonesOfHosts(service.clusterArn);
  return sorted(ofSubnets === undefined ? ofHosts : ofHosts.filter((zone) => ofSubnets.includes(zone)));
}

function zonesOfAll(tx: ReadTx, clusterArn: string): readonly string[] {
  const zones = new Set<string>();
  for (const host of tx.find(containerInstances, 'cluster', `${clusterArn} ACTIVE`)) {
    const zone = host.agentConnected ? zoneOf(host) : undefined;
    if (zone !== undefined) zones.add(zone);
  }
  return [...zones];
}

const sorted = (zones: readonly string[]): readonly string[] => [...new Set(zones)].sort();
