import type { StsOperations } from '../../shapes/generated/sts.ts';
import type { Operation } from '../operation.ts';
import { assumeRole } from './assume-role.ts';
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

/** Every STS operation that is there, by its AWS name. */
export const stsOperations: StsOperationRecord = {
  AssumeRole: assumeRole,
  GetAccessKeyInfo: getAccessKeyInfo,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
};
