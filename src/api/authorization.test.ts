import { describe, expect, test } from 'vitest';
import { memoryLogEvents } from '../records/memory-log-events.ts';
import { memoryObjectFiles } from '../records/memory-object-files.ts';
import { loadTable } from '../shapes/tables.ts';
import { ACCESS_DECLARATIONS } from './authorize.ts';
import { ec2Operations } from './ec2/operations.ts';
import { ecrOperations } from './ecr/operations.ts';
import { ecsOperations } from './ecs/operations.ts';
import { iamOperations } from './iam/operations.ts';
import { logsOperations } from './logs/operations.ts';
import { s3Operations } from './s3/operations.ts';
import { secretsManagerOperations } from './secretsmanager/operations.ts';
import { ssmOperations } from './ssm/operations.ts';
import { stsOperations } from './sts/operations.ts';
import { memoryVault, testClock } from './testing.ts';

const BUILT = {
  ec2: ec2Operations,
  ecr: ecrOperations,
  ecs: ecsOperations,
  iam: iamOperations,
  logs: logsOperations(memoryLogEvents()),
  s3: s3Operations({ files: memoryObjectFiles(testClock()), digest: () => new Uint8Array() }),
  secretsmanager: secretsManagerOperations(memoryVault()),
  ssm: ssmOperations(memoryVault()),
  sts: stsOperations({ find: async () => undefined }),
} as const;

describe('declarations', () => {
  test.each(Object.entries(BUILT))(
    '[AUTH-11] every operation of %s says what it needs',
    (service, operations) => {
      const declared = new Set(Object.keys(ACCESS_DECLARATIONS[service] ?? {}));
      expect(Object.keys(operations).filter((name) => !declared.has(name))).toEqual([]);
    },
  );

  test.each(Object.keys(BUILT))(
    '[AUTH-11] every declaration of %s is of an operation of the model',
    async (service) => {
      const { operations, otherOperations } = await loadTable(service as keyof typeof BUILT);
      const known = new Set([...Object.keys(operations), ...otherOperations]);
      expect(Object.keys(ACCESS_DECLARATIONS[service] ?? {}).filter((name) => !known.has(name))).toEqual([]);
    },
  );
});
