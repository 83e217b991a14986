import type { LogsOperations } from '../../shapes/generated/logs.ts';
import type { Operation } from '../operation.ts';

/** One operation of CloudWatch Logs by its AWS name. */
export type LogsOperation<Name extends keyof LogsOperations> = Operation<
  LogsOperations[Name]['input'],
  LogsOperations[Name]['output']
>;

/** A set of CloudWatch Logs operations by their AWS names. */
export type LogsOperationRecord = Partial<{ readonly [Name in keyof LogsOperations]: LogsOperation<Name> }>;
