import type { EcsOperationRecord } from './operation-record.ts';

/** The operations of the service family. */
export const serviceOperations: EcsOperationRecord = {};
