import { clientError, type ServiceError } from '../../lib/service-error.ts';

const invalidParameter = (message: string): ServiceError => clientError('InvalidParameterException', message);
const invalidRequest = (message: string): ServiceError => clientError('InvalidRequestException', message);
const notFound = (message: string): ServiceError => clientError('ResourceNotFoundException', message);

/** Every error of the Secrets Manager operations, with the code and the literal text of the service. */
export const secretsErrors = {
  notFound: () => notFound("Secrets Manager can't find the specified secret."),
  noValueForStage: (stage: string) =>
    notFound(`Secrets Manager can't find the specified secret value for staging label: ${stage}`),
  noValueForVersion: (versionId: string) =>
    notFound(`Secrets Manager can't find the specified secret value for VersionId: ${versionId}`),
  stageOfOtherVersion: () =>
    invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.'),
  exists: (name: string) =>
    clientError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`),
  nameWaitsForDeletion: () =>
    invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
  deleted: () =>
    invalidRequest("You can't perform this operation on the secret because it was marked for deletion."),
  tokenInUse: (token: string, arn: string) =>
    clientError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
    ),
  invalidName: () =>
    clientError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    ),
  bothValues: () => invalidParameter('You can provide either SecretString or SecretBinary, but not both.'),
  noValue: () => invalidParameter('You must provide either SecretString or SecretBinary.'),
  valueTooLong: (maxBytes: number) =>
    invalidParameter(`The secret value must have between 1 and ${maxBytes} bytes.`),
  forceWithWindow: () =>
    invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."),
  recoveryWindow: () =>
    invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).'),
  tooManyStages: (max: number) =>
    clientError('LimitExceededException', `A secret has at most ${max} staging labels.`),
  tooManyVersions: (max: number) =>
    clientError('LimitExceededException', `A secret has at most ${max} versions.`),
  invalidToken: () => clientError('InvalidNextTokenException', 'The NextToken value is invalid.'),
  batchChoice: () => invalidParameter('You must specify either SecretIdList or Filters, but not both.'),
  invalidTag: (detail: string) => invalidParameter(detail),
  invalidFilter: () => invalidParameter('Each filter needs a Key and Values.'),
  stageNotAttached: (stage: string, versionId: string) =>
    invalidParameter(`The staging label ${stage} is not attached to version ${versionId}.`),
  stageElsewhere: (stage: string, versionId: string) =>
    invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${versionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
    ),
  currentNeedsVersion: () =>
    invalidParameter(
      'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    ),
  nothingToMove: () => invalidParameter('You must specify MoveToVersionId or RemoveFromVersionId.'),
  passwordLength: () =>
    invalidParameter(
      'The password length is shorter than the number of required character types. Choose a longer PasswordLength.',
    ),
  noPasswordCharacters: () => invalidParameter('All characters of the password are excluded.'),
  malformedPolicy: () =>
    clientError(
      'MalformedPolicyDocumentException',
      'This resource policy contains invalid Json or unknown elements.',
    ),
  customerKey: () =>
    invalidParameter(
      'KmsKeyId with a customer managed key is not supported yet: only the default key alias/aws/secretsmanager.',
    ),
  unsupported: (what: string) => invalidParameter(`${what} is not supported yet.`),
} as const;
