import type { EcsOperationRecord } from './operation-record.ts';

/** The operations of the task-definition family. */
export const taskDefinitionOperations: EcsOperationRecord = {};
