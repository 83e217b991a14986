import { capacityProviderArn, lastSegment, type Scope } from '../../domain/arn.ts';
import type { OwnCapacityProvider } from '../../domain/capacity-provider.ts';
import type { CapacityProvider } from '../../shapes/generated/ecs.ts';

/** The providers that are always there: an account cannot make, change or delete them. (CAP-1) */
export const FARGATE_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'] as const;

/** A provider as the API answers it; undefined for names and ARNs of none. */
export function findProvider(scope: Scope, reference: string): CapacityProvider | undefined {
  const name = FARGATE_PROVIDERS.find((known) => known === lastSegment(reference));
  if (name === undefined || (reference !== name && reference !== arnOf(scope, name))) return undefined;
  return {
    capacityProviderArn: arnOf(scope, name),
    name,
    type: name,
    status: 'ACTIVE',
    tags: [],
  };
}

/** The ARN that a provider's name means; it need not exist. */
export const arnOf = (scope: Scope, name: string): string =>
  name.startsWith('arn:') ? name : capacityProviderArn(scope, name);

/** A provider that a user made, as the API answers it. (CAP-5) */
export const ownProviderShape = (row: OwnCapacityProvider): CapacityProvider => ({
  capacityProviderArn: row.capacityProviderArn,
  name: row.name,
  cluster: lastSegment(row.clusterArn),
  type: 'MANAGED_INSTANCES',
  status: 'ACTIVE',
  managedInstancesProvider: row.managedInstancesProvider,
  tags: row.tags,
});
