import { createService } from './create-service.ts';
import { deleteService } from './delete-service.ts';
import { describeServices } from './describe-services.ts';
import { listServices } from './list-services.ts';
import { listServicesByNamespace } from './list-services-by-namespace.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { updateService } from './update-service.ts';

/** The operations of the service family. */
export const serviceOperations: EcsOperationRecord = {
  CreateService: createService,
  UpdateService: updateService,
  DeleteService: deleteService,
  DescribeServices: describeServices,
  ListServices: listServices,
  ListServicesByNamespace: listServicesByNamespace,
};
