import { attributeOf, PROVIDER_ATTRIBUTE } from '../core/instance/attributes.ts';
import { capacityProviderArn, lastSegment, type Scope } from '../domain/arn.ts';
import type { OwnCapacityProvider } from '../domain/capacity-provider.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type { Collection, ReadTx } from '../store/store.ts';
import { containerInstances } from './collections.ts';

/** Providers that users made, by name: names are unique in an account. */
export const ownCapacityProviders: Collection<OwnCapacityProvider, 'cluster'> = {
  name: 'capacity-providers',
  key: (row) => row.name,
  indexes: { cluster: (row) => row.clusterArn },
};

/** The provider that a name or ARN means; undefined when nobody made it. */
export function findOwnProvider(
  tx: ReadTx,
  scope: Scope,
  reference: string,
): OwnCapacityProvider | undefined {
  const name = lastSegment(reference);
  const isMeant = reference === name || reference === capacityProviderArn(scope, name);
  return isMeant ? tx.get(ownCapacityProviders, name) : undefined;
}

/** The provider that a host belongs to: the one that it named when it registered. (CAP-6) */
export const providerOfHost = ({ pool, attributes }: ContainerInstance): string | undefined =>
  pool === 'FARGATE' ? undefined : attributeOf(attributes, PROVIDER_ATTRIBUTE);

/** Hosts of a provider that are not INACTIVE. */
export const hostsOfProvider = (
  tx: ReadTx,
  { clusterArn, name }: Pick<OwnCapacityProvider, 'clusterArn' | 'name'>,
): readonly ContainerInstance[] =>
  tx.find(containerInstances, 'cluster', clusterArn).filter((host) => providerOfHost(host) === name);
