import { createTaskSet } from './create-task-set.ts';
import { deleteTaskSet } from './delete-task-set.ts';
import { describeTaskSets } from './describe-task-sets.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { updateServicePrimaryTaskSet } from './update-service-primary-task-set.ts';
import { updateTaskSet } from './update-task-set.ts';

/** The operations on task sets. */
export const taskSetOperations: EcsOperationRecord = {
  CreateTaskSet: createTaskSet,
  UpdateTaskSet: updateTaskSet,
  DeleteTaskSet: deleteTaskSet,
  DescribeTaskSets: describeTaskSets,
  UpdateServicePrimaryTaskSet: updateServicePrimaryTaskSet,
};
