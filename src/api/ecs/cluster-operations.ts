import type { EcsOperationRecord } from './operation-record.ts';

/** The operations of the cluster family. */
export const clusterOperations: EcsOperationRecord = {};
