import { clusterOperations } from './cluster-operations.ts';
import { instanceOperations } from './instance-operations.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { serviceDeploymentOperations } from './service-deployment-operations.ts';
import { serviceOperations } from './service-operations.ts';
import { tagOperations } from './tag-operations.ts';
import { taskDefinitionOperations } from './task-definition-operations.ts';
import { taskOperations } from './task-operations.ts';

/** Every ECS operation that is there, by its AWS name. */
export const ecsOperations: EcsOperationRecord = {
  ...clusterOperations,
  ...taskDefinitionOperations,
  ...instanceOperations,
  ...taskOperations,
  ...serviceOperations,
  ...serviceDeploymentOperations,
  ...tagOperations,
};
