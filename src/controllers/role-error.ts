import { canServiceAssume } from '../core/identity/trust-policy.ts';
import { fullRoleArn } from '../core/task/task-roles.ts';
import type { Scope } from '../domain/arn.ts';
import type { TaskDefinition } from '../domain/task-definition.ts';
import { findRoleByArn } from '../records/identity.ts';
import type { ReadTx } from '../store/store.ts';

const TASKS_PRINCIPAL = 'ecs-tasks.amazonaws.com';

/** The text for a role that the tasks service may not assume; undefined when there is no such role. (TSK-6) */
export function roleError(
  { tx, installation }: { readonly tx: ReadTx; readonly installation: Scope },
  { document }: Pick<TaskDefinition, 'document'>,
): string | undefined {
  for (const role of [document.taskRoleArn, document.executionRoleArn]) {
    const arn = fullRoleArn(installation, role);
    if (arn === undefined) continue;
    const row = findRoleByArn(tx, arn);
    if (row !== undefined && canServiceAssume(row.assumeRolePolicyDocument, TASKS_PRINCIPAL)) continue;
    return `ECS was unable to assume the role '${arn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
  }
  return undefined;
}
