import type { SsmOperations } from '../../shapes/generated/ssm.ts';
import type { Operation } from '../operation.ts';

/** One SSM operation. */
export type SsmOperation<Name extends keyof SsmOperations> = Operation<
  SsmOperations[Name]['input'],
  SsmOperations[Name]['output']
>;

/** A set of SSM operations. */
export type SsmOperationRecord = Partial<{ readonly [Name in keyof SsmOperations]: SsmOperation<Name> }>;
