import type { ManagedInstancesProvider, Tag } from '../shapes/generated/ecs.ts';

/**
 * A provider of the kind Managed Instances: a named set of hosts of one cluster. Nothing launches them: hosts join it
 * by themselves.
 */
export interface OwnCapacityProvider {
  readonly capacityProviderArn: string;
  readonly name: string;
  readonly clusterArn: string;
  /** As its maker said it; kept and answered. */
  readonly managedInstancesProvider: ManagedInstancesProvider;
  readonly tags: readonly Tag[];
}
