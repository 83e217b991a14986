import { assumedRoleArn, userArn } from '../core/identity/arns.ts';
import { rootCaller } from '../core/identity/root-caller.ts';
import type { Caller } from '../domain/caller.ts';
import type {
  AccessKey,
  Account,
  Group,
  InstanceProfile,
  KeyUse,
  Role,
  SessionContext,
  User,
} from '../domain/identity.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import type { Ids } from '../lib/ids.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { accessKeys, accounts, groups, instanceProfiles, roles, users } from './collections.ts';

/** Where new identity rows get their names and times from. */
export interface IdentitySource {
  readonly ids: Ids;
  readonly now: Instant;
}

/** The keys that the installation itself needs: for its owner, and for the agent on this machine. */
export interface BootstrapKeys {
  readonly root: AccessKey;
  readonly host: AccessKey;
}

/** What a signature is verified with, and who it then is. */
export interface Credentials {
  readonly secretAccessKey: string;
  /** The request must carry exactly this; undefined when it must carry none. */
  readonly sessionToken?: string | undefined;
  /** From this instant on the key is expired. */
  readonly expiresAt?: Instant | undefined;
  readonly caller: Caller;
}

/** The user as whom the agent of this machine calls the API. */
export const HOST_USER_NAME = 'gantry-host';

/** What AWS attaches to the role of a container instance. (IAM-2) */
const HOST_POLICY_ARN = 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role';

/**
 * Makes what is missing of the account, its root key, the host user and that user's key, and answers the keys.
 * Safe to run at every start. (IAM-1)
 */
export function bootstrapAccount(
  tx: WriteTx,
  source: IdentitySource & { readonly installation: Installation },
): BootstrapKeys {
  const { accountId } = source.installation;
  return { root: ensureRoot(tx, accountId, source), host: ensureHost(tx, accountId, source) };
}

/** The one account of the installation. Undefined before the first start has made it. */
export function findAccount(tx: ReadTx): Account | undefined {
  return tx.all(accounts, { limit: 1 })[0];
}

/**
 * How long after its end a temporary key is still told from an unknown one: a request with it is refused as expired,
 * later as unknown. AWS does not say for how long it knows the difference.
 */
const EXPIRED_KEY_GRACE_MS = 3_600_000;

/**
 * The secret and the caller behind a key id; undefined when the key is unknown or inactive, or when its user or role
 * is gone. A key that expired less than an hour ago is still answered with its `expiresAt`, because the error for it is
 * another one. The caller of this compares `expiresAt`. (IAM-4)
 */
export function findCredentials(tx: ReadTx, accessKeyId: string, now: Instant): Credentials | undefined {
  const key = tx.get(accessKeys, accessKeyId);
  if (key === undefined || key.status !== 'Active' || isForgottenKey(key, now)) return undefined;
  const caller = callerOf(tx, key);
  if (caller === undefined) return undefined;
  return {
    secretAccessKey: key.secretAccessKey,
    sessionToken: key.sessionToken,
    expiresAt: key.expiresAt,
    caller,
  };
}

/** Makes temporary credentials of a role. The caller of this has checked trust and duration. (IAM-4) */
export function createSession(
  tx: WriteTx,
  request: IdentitySource & {
    readonly role: Role;
    readonly sessionName: string;
    readonly durationSeconds: number;
    readonly session?: SessionContext | undefined;
  },
): TemporaryKey {
  const { role, sessionName, durationSeconds, ids, now, session } = request;
  const owner = { kind: 'role', roleName: role.roleName, sessionName } as const;
  return createTemporaryKey(tx, { owner, durationSeconds, ids, now, session });
}

/** A key that expires. */
export type TemporaryKey = AccessKey & { readonly sessionToken: string; readonly expiresAt: Instant };

/** Makes a temporary key (`ASIA…`) of any owner. */
export function createTemporaryKey(
  tx: WriteTx,
  request: IdentitySource & {
    readonly owner: AccessKey['owner'];
    readonly durationSeconds: number;
    readonly session?: SessionContext | undefined;
  },
): TemporaryKey {
  const { owner, durationSeconds, ids, now, session } = request;
  const key: TemporaryKey = {
    accessKeyId: `ASIA${ids.base32(16)}`,
    secretAccessKey: ids.secret(40),
    sessionToken: ids.secret(64),
    expiresAt: plusMs(now, durationSeconds * 1000),
    status: 'Active',
    createdAt: now,
    owner,
    session,
  };
  tx.put(accessKeys, key);
  return key;
}

/** Makes a long-lived key (`AKIA…`) of a user or of root. */
export function createLongLivedKey(
  tx: WriteTx,
  owner: AccessKey['owner'],
  source: IdentitySource,
): AccessKey {
  const key: AccessKey = {
    accessKeyId: `AKIA${source.ids.base32(16)}`,
    secretAccessKey: source.ids.secret(40),
    status: 'Active',
    createdAt: source.now,
    owner,
  };
  tx.put(accessKeys, key);
  return key;
}

/** Writes that a key was used; one that is gone meanwhile stays gone. (IAM-19) */
export function noteKeyUse(tx: WriteTx, accessKeyId: string, lastUsed: KeyUse): void {
  const key = tx.get(accessKeys, accessKeyId);
  if (key !== undefined) tx.put(accessKeys, { ...key, lastUsed });
}

/** True for a temporary key that expired at least an hour ago: nothing tells it from an unknown one. (IAM-4) */
export const isForgottenKey = (key: AccessKey, now: Instant): boolean =>
  key.expiresAt !== undefined && plusMs(key.expiresAt, EXPIRED_KEY_GRACE_MS) <= now;

/** Removes every key of a user or role that is being deleted. `owner` is `user/<name>` or `role/<name>`. */
export function deleteKeysOf(tx: WriteTx, owner: string): void {
  for (const key of tx.find(accessKeys, 'owner', owner)) tx.delete(accessKeys, key.accessKeyId);
}

/** A role by its name, without regard to case. */
export const findRole = (tx: ReadTx, roleName: string): Role | undefined =>
  tx.get(roles, roleName.toLowerCase());

/** A role by its exact ARN, path included. */
export function findRoleByArn(tx: ReadTx, arn: string): Role | undefined {
  const role = findRole(tx, arn.slice(arn.lastIndexOf('/') + 1));
  return role?.arn === arn ? role : undefined;
}

/** A user by its name, without regard to case. */
export const findUser = (tx: ReadTx, userName: string): User | undefined =>
  tx.get(users, userName.toLowerCase());

/** A group by its name, without regard to case. */
export const findGroup = (tx: ReadTx, groupName: string): Group | undefined =>
  tx.get(groups, groupName.toLowerCase());

/** An instance profile by its name, without regard to case. */
export const findInstanceProfile = (tx: ReadTx, name: string): InstanceProfile | undefined =>
  tx.get(instanceProfiles, name.toLowerCase());

function ensureRoot(tx: WriteTx, accountId: string, source: IdentitySource): AccessKey {
  const account = tx.get(accounts, accountId);
  const known = account === undefined ? undefined : tx.get(accessKeys, account.rootAccessKeyId);
  if (known !== undefined) return known;
  const key = createLongLivedKey(tx, { kind: 'root' }, source);
  tx.put(accounts, {
    ...account,
    accountId,
    rootAccessKeyId: key.accessKeyId,
    createdAt: account?.createdAt ?? source.now,
  });
  return key;
}

function ensureHost(tx: WriteTx, accountId: string, source: IdentitySource): AccessKey {
  const user = findUser(tx, HOST_USER_NAME);
  if (user === undefined) {
    tx.put(users, {
      userName: HOST_USER_NAME,
      userId: `AIDA${source.ids.base32(17)}`,
      arn: userArn(accountId, '/', HOST_USER_NAME),
      path: '/',
      createdAt: source.now,
      inlinePolicies: {},
      attachedPolicyArns: [HOST_POLICY_ARN],
      tags: [],
    });
  }
  const known = tx
    .find(accessKeys, 'owner', `user/${HOST_USER_NAME}`)
    .find((key) => key.status === 'Active' && key.expiresAt === undefined);
  return known ?? createLongLivedKey(tx, { kind: 'user', userName: HOST_USER_NAME }, source);
}

function callerOf(tx: ReadTx, key: AccessKey): Caller | undefined {
  const accountId = findAccount(tx)?.accountId;
  if (accountId === undefined) return undefined;
  const { accessKeyId, owner } = key;
  switch (owner.kind) {
    case 'root':
      return rootCaller(accountId, accessKeyId);
    case 'user': {
      const user = findUser(tx, owner.userName);
      return user && { kind: 'user', accountId, arn: user.arn, userId: user.userId, accessKeyId };
    }
    case 'role': {
      const role = findRole(tx, owner.roleName);
      if (role === undefined) return undefined;
      const arn = assumedRoleArn(accountId, role.roleName, owner.sessionName);
      const userId = `${role.roleId}:${owner.sessionName}`;
      const { session } = key;
      return { kind: 'assumed-role', accountId, arn, userId, accessKeyId, roleArn: role.arn, session };
    }
  }
}
