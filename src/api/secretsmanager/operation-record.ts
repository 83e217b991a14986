import type { SecretsManagerOperations } from '../../shapes/generated/secretsmanager.ts';
import type { Operation } from '../operation.ts';

/** One operation of Secrets Manager by its AWS name. */
export type SecretsOperation<Name extends keyof SecretsManagerOperations> = Operation<
  SecretsManagerOperations[Name]['input'],
  SecretsManagerOperations[Name]['output']
>;

/** A set of Secrets Manager operations by their AWS names. */
export type SecretsOperationRecord = Partial<{
  readonly [Name in keyof SecretsManagerOperations]: SecretsOperation<Name>;
}>;
