import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { findProvider } from './capacity-providers.ts';
import { ecsErrors } from './errors.ts';

/** Providers of an account's own launch instances, which nothing here does yet: they are refused by name. (CAP-4) */

const NAME = /^(?!aws|ecs|fargate)[A-Za-z0-9_-]{1,255}$/i;

type Create = EcsOperations['CreateCapacityProvider'];
type Update = EcsOperations['UpdateCapacityProvider'];
type Delete = EcsOperations['DeleteCapacityProvider'];

/** Refuses the kind of provider that is asked for. */
export const createCapacityProvider: Operation<Create['input'], Create['output']> = (_, input) => {
  if (!NAME.test(input.name)) throw ecsErrors.capacityProviderName();
  throw input.managedInstancesProvider === undefined
    ? ecsErrors.unsupportedFeature('autoScalingGroupProvider')
    : ecsErrors.unsupportedFeature('managedInstancesProvider');
};

/** There is none that could be changed. */
export const updateCapacityProvider: Operation<Update['input'], Update['output']> = (context, input) => {
  throw findProvider(context.installation, input.name) === undefined
    ? ecsErrors.capacityProviderUnknown()
    : ecsErrors.capacityProviderFixed();
};

/** There is none that could be deleted. */
export const deleteCapacityProvider: Operation<Delete['input'], Delete['output']> = (context, input) => {
  throw findProvider(context.installation, input.capacityProvider) === undefined
    ? ecsErrors.capacityProviderUnknown()
    : ecsErrors.capacityProviderFixed();
};
