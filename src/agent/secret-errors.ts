import { AwsError } from './aws-call.ts';

/** Values that a task needs could not be read. The message is what the task's reason says after the error's name. */
export class SecretsError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'SecretsError';
  }
}

const PULL_FAILED = 'unable to pull secrets or registry auth: execution resource retrieval failed';

/** How often a call was tried, as AWS counts it: the first time counts. */
const retried = (attempts: number): string => `service call has been retried ${attempts} time(s)`;

/** The service's own words, and nothing of what was asked. */
const causeText = (error: unknown): string =>
  error instanceof AwsError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? `RequestError: send request failed caused by: ${error.message}`
      : 'RequestError: send request failed';

/** What the reasons say of secrets, parameters and files that cannot be read, in AWS's words. (TSC-6) */
export const secretErrors = {
  secret: (secretId: string, attempts: number, cause: unknown) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secret from asm: ${retried(attempts)}: failed to fetch secret ${secretId} from secrets manager: ${causeText(cause)}`,
      { cause },
    ),
  jsonKey: (key: string) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secret from asm: ${retried(1)}: retrieved secret from Secrets Manager did not contain json key ${key}`,
    ),
  notJson: (key: string) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secret from asm: ${retried(1)}: the secret is no JSON object, so it has no json key ${key}`,
    ),
  noText: (secretId: string) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secret from asm: ${retried(1)}: the secret ${secretId} has no SecretString`,
    ),
  noCredentials: (secretId: string) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secret from asm: ${retried(1)}: the secret ${secretId} is no JSON object with a username and a password`,
    ),
  invalidArn: (valueFrom: string) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secret from asm: trying to retrieve secret with value ${valueFrom} resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
    ),
  parameters: (attempts: number, cause: unknown) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secrets from ssm: ${retried(attempts)}: ${causeText(cause)}`,
      { cause },
    ),
  invalidParameters: (names: readonly string[]) =>
    new SecretsError(
      `${PULL_FAILED}: unable to retrieve secrets from ssm: ${retried(1)}: invalid ssm parameters: ${names.join(', ')}`,
    ),
  noRole: () =>
    new SecretsError(`${PULL_FAILED}: the task has no execution role, or its credentials are not known`),
  envFile: (attempts: number, cause: unknown) =>
    new SecretsError(
      `failed to download env files: file download command: non empty error stream: ${retried(attempts)}: ${causeText(cause)}`,
      { cause },
    ),
  routerConfig: (arn: string, cause: unknown) => {
    const [, bucket = '', key = ''] = /:::([^/]+)\/(.+)$/s.exec(arn) ?? [];
    return new SecretsError(
      `unable to download firelens s3 config file: unable to download s3 config ${key} from bucket ${bucket}: ${causeText(cause)}`,
      { cause },
    );
  },
} as const;
