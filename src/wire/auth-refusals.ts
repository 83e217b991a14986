import type { ServiceTable } from '../shapes/table.ts';
import type { AuthRefusal } from './authenticator.ts';
import { clientRefusal, type Refusal } from './refusal.ts';

/** What each kind of service answers. */
interface Codes {
  readonly malformed: string;
  readonly unknownKey: string;
  readonly expiredToken: string;
  readonly badSignature: string;
  readonly status: number;
}

const JSON_CODES: Codes = {
  malformed: 'IncompleteSignatureException',
  unknownKey: 'UnrecognizedClientException',
  expiredToken: 'ExpiredTokenException',
  badSignature: 'InvalidSignatureException',
  status: 400,
};

const QUERY_CODES: Codes = {
  malformed: 'IncompleteSignature',
  unknownKey: 'InvalidClientTokenId',
  expiredToken: 'ExpiredToken',
  badSignature: 'SignatureDoesNotMatch',
  status: 403,
};

const BAD_SIGNATURE =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const BAD_TOKEN = 'The security token included in the request is invalid.';
const EXPIRED_TOKEN = 'The security token included in the request is expired';
const EC2_AUTH_FAILURE = 'AWS was not able to validate the provided access credentials';

/**
 * The answer to a request whose signature was refused, in the words of its service. One that is refused for its time is
 * told the time: clients set their clocks by the header, and what the server puts there may be a second old. (HARD-50)
 */
export function authRefusal(table: ServiceTable, refusal: AuthRefusal): Refusal {
  const worded = wordsOf(table, refusal);
  return refusal.kind === 'outdated' ? { ...worded, date: new Date(refusal.now).toUTCString() } : worded;
}

function wordsOf(table: ServiceTable, refusal: AuthRefusal): Refusal {
  if (table.protocol === 'ec2Query') return ec2Refusal(refusal);
  if (table.protocol === 'restXml') return s3Refusal(refusal);
  const codes = table.protocol === 'awsQuery' ? QUERY_CODES : JSON_CODES;
  switch (refusal.kind) {
    case 'malformed':
      return clientRefusal(codes.malformed, refusal.detail, codes.status);
    case 'unknown-key':
    case 'bad-token':
      return clientRefusal(codes.unknownKey, BAD_TOKEN, codes.status);
    case 'expired-token':
      return clientRefusal(codes.expiredToken, EXPIRED_TOKEN, codes.status);
    case 'bad-signature':
    case 'unsigned-headers':
      return clientRefusal(codes.badSignature, BAD_SIGNATURE, codes.status);
    case 'outdated':
      return clientRefusal(codes.badSignature, refusal.detail, codes.status);
    case 'wrong-service':
      return clientRefusal(codes.badSignature, scopeDetail(refusal.wanted), codes.status);
  }
}

/** The answer to an unsigned request for an operation that needs a caller. */
export function unsignedRefusal(table: ServiceTable): Refusal {
  switch (table.protocol) {
    case 'restXml':
      return clientRefusal('AccessDenied', 'Access Denied', 403);
    case 'ec2Query':
      return clientRefusal('MissingParameter', 'The request must contain the parameter AWSAccessKeyId');
    case 'awsQuery':
      return clientRefusal('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
    default:
      return clientRefusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
}

function ec2Refusal(refusal: AuthRefusal): Refusal {
  switch (refusal.kind) {
    case 'expired-token':
      return clientRefusal('RequestExpired', 'Request has expired.');
    case 'malformed':
      return clientRefusal('AuthFailure', refusal.detail, 401);
    default:
      return clientRefusal('AuthFailure', EC2_AUTH_FAILURE, 401);
  }
}

const scopeDetail = (wanted: string): string =>
  `Credential should be scoped to correct service: '${wanted}'. `;

/** S3 tells more apart than others do. */
function s3Refusal(refusal: AuthRefusal): Refusal {
  switch (refusal.kind) {
    case 'malformed':
      return clientRefusal('AuthorizationHeaderMalformed', refusal.detail);
    case 'unknown-key':
      return clientRefusal(
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
        403,
      );
    case 'bad-token':
      return clientRefusal('InvalidToken', 'The provided token is malformed or otherwise invalid.');
    case 'expired-token':
      return clientRefusal('ExpiredToken', 'The provided token has expired.');
    case 'outdated':
      return refusal.detail.startsWith('The presigned URL')
        ? clientRefusal('AccessDenied', 'Request has expired', 403)
        : clientRefusal(
            'RequestTimeTooSkewed',
            'The difference between the request time and the current time is too large.',
            403,
          );
    case 'unsigned-headers':
      return clientRefusal(
        'AccessDenied',
        'There were headers present in the request which were not signed',
        403,
      );
    case 'wrong-service':
      return clientRefusal('AuthorizationHeaderMalformed', scopeDetail(refusal.wanted));
    case 'bad-signature':
      return clientRefusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        403,
      );
  }
}
