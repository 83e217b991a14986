import { accessKeys } from '../../records/collections.ts';
import type { GetAccessKeyInfoRequest, GetAccessKeyInfoResponse } from '../../shapes/generated/sts.ts';
import type { Operation } from '../operation.ts';
import { stsErrors } from './errors.ts';

/** Whose account a key belongs to. The number is not inside our keys, so an unknown one cannot be answered. (STS-4) */
export const getAccessKeyInfo: Operation<GetAccessKeyInfoRequest, GetAccessKeyInfoResponse> = (
  { store, installation },
  { AccessKeyId },
) => {
  const key = store.read((tx) => tx.get(accessKeys, AccessKeyId));
  if (key === undefined) throw stsErrors.unknownKey();
  return { Account: installation.accountId };
};
