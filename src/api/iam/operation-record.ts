import type { IamOperations } from '../../shapes/generated/iam.ts';
import type { Operation } from '../operation.ts';

/** A set of IAM operations: what each family of this folder exports. */
export type IamOperationRecord = Partial<{
  readonly [Name in keyof IamOperations]: Operation<
    IamOperations[Name]['input'],
    IamOperations[Name]['output']
  >;
}>;
