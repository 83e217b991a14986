import { accountSettingOperations } from './account-setting-operations.ts';
import { capacityProviderOperations } from './capacity-provider-operations.ts';
import { clusterOperations } from './cluster-operations.ts';
import { daemonOperations } from './daemon-operations.ts';
import { instanceOperations } from './instance-operations.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { refusedOperations } from './refused-operations.ts';
import { serviceDeploymentOperations } from './service-deployment-operations.ts';
import { serviceOperations } from './service-operations.ts';
import { tagOperations } from './tag-operations.ts';
import { taskDefinitionOperations } from './task-definition-operations.ts';
import { taskOperations } from './task-operations.ts';
import { taskSetOperations } from './task-set-operations.ts';

/** Every ECS operation that is there, by its AWS name. */
export const ecsOperations: EcsOperationRecord = {
  // First, so that an operation that is built takes the place of its refusal.
  ...refusedOperations,
  ...clusterOperations,
  ...capacityProviderOperations,
  ...taskDefinitionOperations,
  ...instanceOperations,
  ...taskOperations,
  ...serviceOperations,
  ...serviceDeploymentOperations,
  ...taskSetOperations,
  ...daemonOperations,
  ...tagOperations,
  ...accountSettingOperations,
};
