import { clientError, type ServiceError } from '../../lib/service-error.ts';

const missing = (message: string): ServiceError => clientError('NoSuchEntityException', message);
const taken = (message: string): ServiceError => clientError('EntityAlreadyExistsException', message);
const conflict = (message: string): ServiceError => clientError('DeleteConflictException', message);
const limit = (message: string): ServiceError => clientError('LimitExceededException', message);
const validation = (message: string): ServiceError => clientError('ValidationError', message);

/** The errors of IAM with the texts of the service. The wire shows their short codes (`NoSuchEntity`). (IAM-8) */
export const iamErrors = {
  roleExists: (name: string): ServiceError => taken(`Role with name ${name} already exists.`),
  userExists: (name: string): ServiceError => taken(`User with name ${name} already exists.`),
  groupExists: (name: string): ServiceError => taken(`Group with name ${name} already exists.`),
  profileExists: (name: string): ServiceError => taken(`Instance Profile ${name} already exists.`),
  policyExists: (name: string): ServiceError =>
    taken(`A policy called ${name} already exists. Duplicate names are not allowed.`),
  roleNotFound: (name: string): ServiceError => missing(`The role with name ${name} cannot be found.`),
  userNotFound: (name: string): ServiceError => missing(`The user with name ${name} cannot be found.`),
  groupNotFound: (name: string): ServiceError => missing(`The group with name ${name} cannot be found.`),
  profileNotFound: (name: string): ServiceError => missing(`Instance Profile ${name} cannot be found.`),
  inlineNotFound: (kind: string, name: string): ServiceError =>
    missing(`The ${kind} policy with name ${name} cannot be found.`),
  policyNotFound: (arn: string): ServiceError => missing(`Policy ${arn} was not found.`),
  policyNotAttachable: (arn: string): ServiceError =>
    missing(`Policy ${arn} does not exist or is not attachable.`),
  boundaryNotAttachable: (arn: string): ServiceError =>
    missing(`Scope ARN: ${arn} does not exist or is not attachable.`),
  versionNotFound: (arn: string, versionId: string): ServiceError =>
    missing(`Policy ${arn} version ${versionId} does not exist or is not attachable.`),
  aliasExists: (alias: string): ServiceError => taken(`The account alias ${alias} already exists.`),
  aliasNotFound: (alias: string): ServiceError => missing(`The account alias ${alias} cannot be found.`),
  providerExists: (url: string): ServiceError => taken(`Provider with url ${url} already exists.`),
  providerNotFound: (arn: string): ServiceError => missing(`OpenIDConnect Provider not found for arn ${arn}`),
  accessKeyNotFound: (id: string): ServiceError => missing(`The Access Key with id ${id} cannot be found.`),
  serviceRolePolicy: (): ServiceError =>
    clientError('PolicyNotAttachableException', 'Cannot attach a Service Role Policy to a Customer Role.'),
  mustDetachPolicies: (): ServiceError => conflict('Cannot delete entity, must detach all policies first.'),
  mustDeletePolicies: (): ServiceError => conflict('Cannot delete entity, must delete policies first.'),
  mustDeleteAccessKeys: (): ServiceError => conflict('Cannot delete entity, must delete access keys first.'),
  mustLeaveGroups: (): ServiceError => conflict('Cannot delete entity, must remove users from group first.'),
  mustLeaveProfile: (): ServiceError =>
    conflict('Cannot delete entity, must remove roles from instance profile first.'),
  policyAttached: (): ServiceError => conflict('Cannot delete a policy attached to entities.'),
  policyHasVersions: (): ServiceError =>
    conflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    ),
  defaultVersion: (): ServiceError => conflict('Cannot delete the default version of a policy.'),
  quota: (name: string, value: number): ServiceError => limit(`Cannot exceed quota for ${name}: ${value}`),
  tooManyVersions: (): ServiceError =>
    limit(
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    ),
  inlineTooLarge: (kind: string, name: string, limitBytes: number): ServiceError =>
    limit(`Maximum policy size of ${limitBytes} bytes exceeded for ${kind} ${name}`),
  malformed: (message: string): ServiceError => clientError('MalformedPolicyDocumentException', message),
  serviceLinkedRole: (name: string): ServiceError =>
    clientError(
      'UnmodifiableEntityException',
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    ),
  notServiceLinked: (name: string): ServiceError =>
    clientError('InvalidInputException', `The role ${name} is not a service-linked role.`),
  deletionNotFound: (id: string): ServiceError => missing(`Deletion task ${id} cannot be found.`),
  serviceRoleTaken: (name: string): ServiceError =>
    clientError(
      'InvalidInputException',
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    ),
  invalidInput: (message: string): ServiceError => clientError('InvalidInputException', message),
  duplicateTags: (): ServiceError =>
    clientError(
      'InvalidInputException',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ),
  unparsableArn: (): ServiceError => validation('Invalid ARN:  Could not be parsed!'),
  invalidArn: (arn: string): ServiceError => validation(`ARN ${arn} is not valid.`),
  invalidPath: (): ServiceError =>
    validation(
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    ),
  userNameNeeded: (): ServiceError =>
    validation('Must specify userName when calling with non-User credentials'),
  constraint: (value: unknown, member: string, rule: string): ServiceError =>
    validation(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`,
    ),
  /** A member whose feature is not there yet. */
  unsupported: (member: string): ServiceError => validation(`${member} is not supported yet.`),
  accessDenied: (callerArn: string, action: string, resource: string): ServiceError =>
    clientError(
      'AccessDenied',
      `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource}`,
    ),
} as const;
