import { secretsErrors } from './errors.ts';
import type { SecretsOperationRecord } from './operation-record.ts';

const refuse = (feature: string) => (): never => {
  throw secretsErrors.unsupported(feature);
};

/** Operations that are known and not done: there are no functions to rotate with and no other Regions. */
export const refusedOperations = {
  CancelRotateSecret: refuse('Rotation'),
  RemoveRegionsFromReplication: refuse('Replication'),
  ReplicateSecretToRegions: refuse('Replication'),
  RotateSecret: refuse('Rotation'),
  StopReplicationToReplica: refuse('Replication'),
  ValidateResourcePolicy: refuse('ValidateResourcePolicy'),
} as const satisfies SecretsOperationRecord;
