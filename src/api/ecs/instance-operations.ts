import { deregisterContainerInstance } from './deregister-container-instance.ts';
import { describeContainerInstances } from './describe-container-instances.ts';
import { discoverPollEndpoint } from './discover-poll-endpoint.ts';
import { listContainerInstances } from './list-container-instances.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { registerContainerInstance } from './register-container-instance.ts';

/** The operations of the container instance family. */
export const instanceOperations: EcsOperationRecord = {
  RegisterContainerInstance: registerContainerInstance,
  DescribeContainerInstances: describeContainerInstances,
  ListContainerInstances: listContainerInstances,
  DeregisterContainerInstance: deregisterContainerInstance,
  DiscoverPollEndpoint: discoverPollEndpoint,
};
