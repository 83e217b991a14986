import { canServiceAssume } from '../core/identity/trust-policy.ts';
import type { AccessKey, Role } from '../domain/identity.ts';
import type { Task } from '../domain/task.ts';
import type { RoleCredentials } from '../domain/task-payload.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';
import { accessKeys } from './collections.ts';
import { createSession, findRoleByArn } from './identity.ts';

/** Which key is behind a credentials id of a task now. The id stays for the life of the task, the key changes. */
export interface TaskCredentials {
  readonly credentialsId: string;
  readonly taskArn: string;
  readonly accessKeyId: string;
  readonly expiresAt: Instant;
}

/** Credentials of tasks by the id that is in their URL. */
export const taskCredentials: Collection<TaskCredentials, 'task'> = {
  name: 'task-credentials',
  key: (row) => row.credentialsId,
  indexes: { task: (row) => row.taskArn },
};

/** What the agent protocol calls the two roles of a task. */
export type TaskRoleType = 'TaskApplication' | 'TaskExecution';

/** Credentials of tasks are good for six hours, as on AWS. (CRD-1) */
const LIFETIME_SECONDS = 21_600;
/** Credentials with less left than this are replaced. SDKs ask again 15 minutes before the end. (CRD-2) */
export const CREDENTIALS_REFRESH_MS = 3_600_000;
/** Who must be trusted by a role that tasks use. */
const TASKS_PRINCIPAL = 'ecs-tasks.amazonaws.com';

/** Either credentials, or the role that could not be assumed; undefined when the task has no such role. */
export type IssuedCredentials =
  | { readonly kind: 'issued'; readonly credentials: RoleCredentials; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly roleArn: string };

/**
 * The credentials of one of a task's roles, with at least `CREDENTIALS_REFRESH_MS` left. Makes a new key when there is
 * none or it is about to end; the old key stays good until its own end. (CRD-1, CRD-2, CRD-3)
 */
export function issueTaskCredentials(
  tx: WriteTx,
  request: { readonly task: Task; readonly roleType: TaskRoleType; readonly ids: Ids; readonly now: Instant },
): IssuedCredentials | undefined {
  const { task, roleType, ids, now } = request;
  const { roleArn, credentialsId } = roleOf(task, roleType);
  if (roleArn === undefined || credentialsId === undefined) return undefined;
  const role = assumableRole(tx, roleArn);
  if (role === undefined) return { kind: 'refused', roleArn };
  const current = currentKey(tx, credentialsId);
  if (current?.expiresAt !== undefined && current.expiresAt - now > CREDENTIALS_REFRESH_MS) {
    return { kind: 'issued', credentials: credentialsOf(current, roleArn, credentialsId), isNew: false };
  }
  const key = createSession(tx, {
    role,
    sessionName: task.taskId,
    durationSeconds: LIFETIME_SECONDS,
    ids,
    now,
  });
  tx.put(taskCredentials, {
    credentialsId,
    taskArn: task.taskArn,
    accessKeyId: key.accessKeyId,
    expiresAt: key.expiresAt,
  });
  return { kind: 'issued', credentials: credentialsOf(key, roleArn, credentialsId), isNew: true };
}

/** What a look at the credentials of a task found. */
export interface CredentialsLook {
  /** One of them is missing or about to end, and its role can be assumed: `issueTaskCredentials` would make a key. */
  readonly isDue: boolean;
  /** Before this nothing will be due, if nobody makes others; past when something is missing; undefined without a role. */
  readonly dueAt: Instant | undefined;
}

/** Whether the credentials of a task are to be replaced, and from when on that is worth another look. (CRD-2, CRD-3) */
export function lookAtCredentials(tx: ReadTx, task: Task, now: Instant): CredentialsLook {
  let isDue = false;
  let dueAt: Instant | undefined;
  for (const roleType of ['TaskApplication', 'TaskExecution'] as const) {
    const { roleArn, credentialsId } = roleOf(task, roleType);
    if (roleArn === undefined || credentialsId === undefined) continue;
    const row = tx.get(taskCredentials, credentialsId);
    const at = row === undefined ? now : plusMs(row.expiresAt, -CREDENTIALS_REFRESH_MS);
    if (dueAt === undefined || at < dueAt) dueAt = at;
    isDue ||= at <= now && assumableRole(tx, roleArn) !== undefined;
  }
  return { isDue, dueAt };
}

/** The role, when tasks may use it. (CRD-3) */
function assumableRole(tx: ReadTx, roleArn: string): Role | undefined {
  const role = findRoleByArn(tx, roleArn);
  if (role === undefined || !canServiceAssume(role.assumeRolePolicyDocument, TASKS_PRINCIPAL))
    return undefined;
  return role;
}

/**
 * Forgets which keys a stopped task used. The keys themselves end by their own time: the host may still need them for
 * the last lines of output. (CRD-4)
 */
export function forgetTaskCredentials(tx: WriteTx, taskArn: string): void {
  for (const row of tx.find(taskCredentials, 'task', taskArn)) tx.delete(taskCredentials, row.credentialsId);
}

function roleOf(
  task: Task,
  roleType: TaskRoleType,
): { roleArn?: string | undefined; credentialsId?: string | undefined } {
  return roleType === 'TaskApplication'
    ? { roleArn: task.taskRoleArn, credentialsId: task.taskRoleCredentialsId }
    : { roleArn: task.executionRoleArn, credentialsId: task.executionRoleCredentialsId };
}

function currentKey(tx: ReadTx, credentialsId: string): AccessKey | undefined {
  const row = tx.get(taskCredentials, credentialsId);
  return row === undefined ? undefined : tx.get(accessKeys, row.accessKeyId);
}

function credentialsOf(key: AccessKey, roleArn: string, credentialsId: string): RoleCredentials {
  return {
    credentialsId,
    roleArn,
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    sessionToken: key.sessionToken ?? '',
    expiration: new Date(key.expiresAt ?? 0).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  };
}

/** The text with which a task stops whose role cannot be assumed. (CRD-3) */
export const roleRefusalReason = (roleArn: string): string =>
  `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
