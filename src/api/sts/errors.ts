import { clientError, type ServiceError } from '../../lib/service-error.ts';

const validation = (message: string): ServiceError => clientError('ValidationError', message);

/** The errors of STS with the texts of the service. (STS-5) */
export const stsErrors = {
  accessDenied: (callerArn: string, roleArn: string, because = ''): ServiceError =>
    clientError(
      'AccessDenied',
      `User: ${callerArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}${because}`,
    ),
  sessionCredentials: (): ServiceError =>
    clientError('AccessDenied', 'Cannot call GetSessionToken with session credentials'),
  invalidArn: (text: string): ServiceError => validation(`${text} is invalid`),
  durationOverMaximum: (): ServiceError =>
    validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'),
  durationOverChaining: (): ServiceError =>
    validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    ),
  constraint: (value: unknown, member: string, rule: string): ServiceError =>
    validation(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`,
    ),
  malformedPolicy: (problem: string): ServiceError =>
    clientError('MalformedPolicyDocumentException', problem),
  packedPolicyTooLarge: (percent: number): ServiceError =>
    clientError(
      'PackedPolicyTooLargeException',
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    ),
  policyUnknown: (arn: string): ServiceError =>
    validation(`Policy ${arn} does not exist or is not attachable.`),
  invalidTags: (message: string): ServiceError => validation(message),
  unknownKey: (): ServiceError => validation('The access key ID is not known.'),
  /** A member whose feature is not there yet. */
  unsupported: (member: string): ServiceError => validation(`${member} is not supported yet.`),
} as const;
