import { rootArn, userArn } from '../../core/identity/arns.ts';
import type { User } from '../../domain/identity.ts';
import { accessKeys, users } from '../../records/collections.ts';
import { deleteKeysOf, findAccount, findUser } from '../../records/identity.ts';
import type { CreateUserRequest, User as UserShape } from '../../shapes/generated/iam.ts';
import type { Context, Operation } from '../operation.ts';
import { iamErrors } from './errors.ts';
import { hasPath, pathOf, tagShapes, withoutTags, withTags } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { boundaryShape, checkBoundary } from './policies.ts';
import { checkNoPolicies } from './principal-policies.ts';
import { requireUser } from './principals.ts';

const createUser: Operation<CreateUserRequest, { User: UserShape }> = async (context, input) => {
  const { store, ids, clock, installation } = context;
  const permissionsBoundaryArn = input.PermissionsBoundary || undefined;
  const path = pathOf(input.Path);
  const row: User = {
    userName: input.UserName,
    userId: `AIDA${ids.base32(17)}`,
    arn: userArn(installation.accountId, path, input.UserName),
    path,
    createdAt: clock.now(),
    inlinePolicies: {},
    attachedPolicyArns: [],
    permissionsBoundaryArn,
    tags: withTags([], input.Tags),
  };
  await store.write((tx) => {
    if (findUser(tx, row.userName) !== undefined) throw iamErrors.userExists(row.userName);
    if (permissionsBoundaryArn !== undefined) checkBoundary(tx, permissionsBoundaryArn);
    tx.put(users, row);
  });
  return { User: userShape(row) };
};

/** What every answer has of a user. Lists have no more than this. */
export const listedUser = (user: User): UserShape => ({
  Path: user.path,
  UserName: user.userName,
  UserId: user.userId,
  Arn: user.arn,
  CreateDate: user.createdAt,
});

const userShape = (user: User): UserShape => ({
  ...listedUser(user),
  PermissionsBoundary: boundaryShape(user.permissionsBoundaryArn),
  Tags: user.tags.length === 0 ? undefined : tagShapes(user.tags),
});

/** The user whose key signed the request; undefined for root. A session is none. */
export function callingUser({ caller }: Context): string | undefined {
  if (caller.kind === 'root') return undefined;
  if (caller.kind !== 'user') throw iamErrors.userNameNeeded();
  return caller.arn.slice(caller.arn.lastIndexOf('/') + 1);
}

/** Root is no IAM user, but GetUser of its own key tells of it. */
function rootShape({ store, installation }: Context): UserShape {
  const { accountId } = installation;
  const CreateDate = store.read(findAccount)?.createdAt;
  return { Path: '/', UserId: accountId, Arn: rootArn(accountId), CreateDate };
}

/** Users: people and programs with long-lived keys. (IAM-5) */
export const userOperations: IamOperationRecord = {
  CreateUser: createUser,
  GetUser: (context, { UserName }) => {
    const name = UserName ?? callingUser(context);
    if (name === undefined) return { User: rootShape(context) };
    return { User: userShape(context.store.read((tx) => requireUser(tx, name))) };
  },
  ListUsers: ({ store }, input) => {
    const found = store.read((tx) => tx.all(users)).filter(({ path }) => hasPath(path, input.PathPrefix));
    const { rows, ...page } = markedPage(found, input, users.key);
    return { Users: rows.map(listedUser), ...page };
  },
  UpdateUser: async ({ store, installation }, { UserName, NewUserName, NewPath }) => {
    await store.write((tx) => {
      const user = requireUser(tx, UserName);
      const userName = NewUserName ?? user.userName;
      const path = NewPath === undefined ? user.path : pathOf(NewPath);
      const other = findUser(tx, userName);
      if (other !== undefined && other !== user) throw iamErrors.userExists(userName);
      for (const key of tx.find(accessKeys, 'owner', `user/${user.userName}`)) {
        tx.put(accessKeys, { ...key, owner: { kind: 'user', userName } });
      }
      tx.delete(users, users.key(user));
      tx.put(users, { ...user, userName, path, arn: userArn(installation.accountId, path, userName) });
    });
    return {};
  },
  DeleteUser: async ({ store }, { UserName }) => {
    await store.write((tx) => {
      const user = requireUser(tx, UserName);
      const owner = `user/${user.userName}`;
      const hasKey = tx.find(accessKeys, 'owner', owner).some(({ expiresAt }) => expiresAt === undefined);
      if (hasKey) throw iamErrors.mustDeleteAccessKeys();
      if ((user.groupNames ?? []).length > 0) throw iamErrors.mustLeaveGroups();
      checkNoPolicies(user);
      deleteKeysOf(tx, owner);
      tx.delete(users, users.key(user));
    });
    return {};
  },
  PutUserPermissionsBoundary: async ({ store }, { UserName, PermissionsBoundary }) => {
    await store.write((tx) => {
      const user = requireUser(tx, UserName);
      checkBoundary(tx, PermissionsBoundary);
      tx.put(users, { ...user, permissionsBoundaryArn: PermissionsBoundary });
    });
    return {};
  },
  DeleteUserPermissionsBoundary: async ({ store }, { UserName }) => {
    await store.write((tx) => {
      tx.put(users, { ...requireUser(tx, UserName), permissionsBoundaryArn: undefined });
    });
    return {};
  },
  ListUserTags: ({ store }, input) => {
    const { tags } = store.read((tx) => requireUser(tx, input.UserName));
    const sorted = tagShapes(tags).toSorted((one, other) => (one.Key < other.Key ? -1 : 1));
    const { rows, ...page } = markedPage(sorted, input, ({ Key }) => Key);
    return { Tags: rows, ...page };
  },
  TagUser: async ({ store }, { UserName, Tags }) => {
    await store.write((tx) => {
      const user = requireUser(tx, UserName);
      tx.put(users, { ...user, tags: withTags(user.tags, Tags) });
    });
    return {};
  },
  UntagUser: async ({ store }, { UserName, TagKeys }) => {
    await store.write((tx) => {
      const user = requireUser(tx, UserName);
      tx.put(users, { ...user, tags: withoutTags(user.tags, TagKeys) });
    });
    return {};
  },
};
