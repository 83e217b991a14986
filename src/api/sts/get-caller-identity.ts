import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from '../../shapes/generated/sts.ts';
import type { Operation } from '../operation.ts';

/** Who signs. Needs no permission. (STS-2) */
export const getCallerIdentity: Operation<GetCallerIdentityRequest, GetCallerIdentityResponse> = ({
  caller,
}) => ({
  UserId: caller.userId,
  Account: caller.accountId,
  Arn: caller.arn,
});
