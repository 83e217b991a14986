import type { IssuerKeys } from '../../lib/issuer-keys.ts';
import type { StsOperations } from '../../shapes/generated/sts.ts';
import type { Operation } from '../operation.ts';
import { assumeRole } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { getAccessKeyInfo } from './get-access-key-info.ts';
import { getCallerIdentity } from './get-caller-identity.ts';
import { getSessionToken } from './get-session-token.ts';

/** A set of STS operations. */
type StsOperationRecord = Partial<{
  readonly [Name in keyof StsOperations]: Operation<
    StsOperations[Name]['input'],
    StsOperations[Name]['output']
  >;
}>;

/** Every STS operation that is there, by its AWS name. `issuers` verifies the tokens of identity providers. */
export const stsOperations = (issuers: IssuerKeys): StsOperationRecord => ({
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity(issuers),
  GetAccessKeyInfo: getAccessKeyInfo,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
});
