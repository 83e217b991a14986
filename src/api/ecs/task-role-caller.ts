import { lastSegment } from '../../domain/arn.ts';
import type { Caller } from '../../domain/caller.ts';
import type { Installation } from '../../lib/config.ts';

/** Who a task's containers are to other services: a session of its role, named after the task. (EXE-4, EXE-53) */
export const taskRoleCaller = (
  { accountId }: Pick<Installation, 'accountId'>,
  { taskId, taskRoleArn }: { readonly taskId: string; readonly taskRoleArn: string },
): Caller => ({
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/${lastSegment(taskRoleArn)}/${taskId}`,
  userId: accountId,
  accessKeyId: '',
  roleArn: taskRoleArn,
});
