import { deleteTaskDefinitions } from './delete-task-definitions.ts';
import { deregisterTaskDefinition } from './deregister-task-definition.ts';
import { describeTaskDefinition } from './describe-task-definition.ts';
import { listTaskDefinitionFamilies } from './list-task-definition-families.ts';
import { listTaskDefinitions } from './list-task-definitions.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { registerTaskDefinition } from './register-task-definition.ts';

/** The operations of the task definition family. */
export const taskDefinitionOperations: EcsOperationRecord = {
  RegisterTaskDefinition: registerTaskDefinition,
  DescribeTaskDefinition: describeTaskDefinition,
  DeregisterTaskDefinition: deregisterTaskDefinition,
  DeleteTaskDefinitions: deleteTaskDefinitions,
  ListTaskDefinitions: listTaskDefinitions,
  ListTaskDefinitionFamilies: listTaskDefinitionFamilies,
};
