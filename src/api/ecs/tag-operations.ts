import type { EcsOperationRecord } from './operation-record.ts';

/** The operations of the tag family. */
export const tagOperations: EcsOperationRecord = {};
