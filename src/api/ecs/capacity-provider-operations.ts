import { describeCapacityProviders } from './describe-capacity-providers.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import {
  createCapacityProvider,
  deleteCapacityProvider,
  updateCapacityProvider,
} from './own-capacity-providers.ts';
import { putClusterCapacityProviders } from './put-cluster-capacity-providers.ts';

/** The operations of the capacity provider family. */
export const capacityProviderOperations: EcsOperationRecord = {
  CreateCapacityProvider: createCapacityProvider,
  DescribeCapacityProviders: describeCapacityProviders,
  UpdateCapacityProvider: updateCapacityProvider,
  DeleteCapacityProvider: deleteCapacityProvider,
  PutClusterCapacityProviders: putClusterCapacityProviders,
};
