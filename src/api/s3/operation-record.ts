import type { S3Operations } from '../../shapes/generated/s3.ts';
import type { Operation } from '../operation.ts';

/** One operation of S3 by its AWS name. */
export type S3Operation<Name extends keyof S3Operations> = Operation<
  S3Operations[Name]['input'],
  S3Operations[Name]['output']
>;

/** A set of S3 operations by their AWS names. */
export type S3OperationRecord = Partial<{ readonly [Name in keyof S3Operations]: S3Operation<Name> }>;
