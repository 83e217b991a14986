import type { EcsOperationRecord } from './operation-record.ts';

/** The operations of the instance family. */
export const instanceOperations: EcsOperationRecord = {};
