import type { SsmOperations } from '../../shapes/generated/ssm.ts';
import type { Operation } from '../operation.ts';

/** One SSM operation by its AWS name. */
export type SsmOperation<Name extends keyof SsmOperations> = Operation<
  SsmOperations[Name]['input'],
  SsmOperations[Name]['output']
>;

/** A set of SSM operations by their AWS names. */
export type SsmOperationRecord = Partial<{ readonly [Name in keyof SsmOperations]: SsmOperation<Name> }>;
