import { clientError, type ServiceError } from '../../lib/service-error.ts';

const validation = (message: string): ServiceError => clientError('ValidationError', message);

const invalidToken = (message: string): ServiceError => clientError('InvalidIdentityTokenException', message);

/** The errors of STS with the texts of the service. (STS-5) */
export const stsErrors = {
  accessDenied: (callerArn: string, roleArn: string, because = ''): ServiceError =>
    clientError(
      'AccessDenied',
      `User: ${callerArn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}${because}`,
    ),
  webIdentityDenied: (action: string): ServiceError =>
    clientError('AccessDenied', `Not authorized to perform ${action}`),
  notAToken: (): ServiceError =>
    invalidToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    ),
  noProvider: (issuer: string): ServiceError =>
    invalidToken(`No OpenIDConnect provider found in your account for https://${issuer}`),
  wrongAudience: (): ServiceError => invalidToken('Incorrect token audience'),
  missingClaim: (name: string): ServiceError => invalidToken(`Missing a required claim: ${name}`),
  noVerificationKey: (): ServiceError =>
    invalidToken(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
  badSignature: (): ServiceError => invalidToken('Token signature invalid'),
  tokenExpired: (nowSeconds: number, endSeconds: number): ServiceError =>
    clientError(
      'ExpiredTokenException',
      `Token expired: current date/time ${nowSeconds} must be before the expiration date/time${endSeconds}`,
    ),
  tokenNotYetValid: (): ServiceError => invalidToken('Token is not valid yet'),
  rejectedClaim: (message: string): ServiceError => clientError('IDPRejectedClaimException', message),
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
