import type { Caller } from '../../domain/caller.ts';
import { rootArn } from './arns.ts';

/** The root principal of an account, by one of its access keys. */
export const rootCaller = (accountId: string, accessKeyId: string): Caller => ({
  kind: 'root',
  accountId,
  arn: rootArn(accountId),
  userId: accountId,
  accessKeyId,
});
