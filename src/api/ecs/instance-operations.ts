import { deleteAttributes } from './delete-attributes.ts';
import { deregisterContainerInstance } from './deregister-container-instance.ts';
import { describeContainerInstances } from './describe-container-instances.ts';
import { discoverPollEndpoint } from './discover-poll-endpoint.ts';
import { listAttributes } from './list-attributes.ts';
import { listContainerInstances } from './list-container-instances.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { putAttributes } from './put-attributes.ts';
import { registerContainerInstance } from './register-container-instance.ts';
import { updateContainerAgent } from './update-container-agent.ts';
import { updateContainerInstancesState } from './update-container-instances-state.ts';

/** The operations of the container instance family. */
export const instanceOperations: EcsOperationRecord = {
  RegisterContainerInstance: registerContainerInstance,
  DescribeContainerInstances: describeContainerInstances,
  ListContainerInstances: listContainerInstances,
  UpdateContainerInstancesState: updateContainerInstancesState,
  UpdateContainerAgent: updateContainerAgent,
  DeregisterContainerInstance: deregisterContainerInstance,
  PutAttributes: putAttributes,
  DeleteAttributes: deleteAttributes,
  ListAttributes: listAttributes,
  DiscoverPollEndpoint: discoverPollEndpoint,
};
