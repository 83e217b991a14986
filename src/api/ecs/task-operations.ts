import type { EcsOperationRecord } from './operation-record.ts';

/** The operations of the task family. */
export const taskOperations: EcsOperationRecord = {};
