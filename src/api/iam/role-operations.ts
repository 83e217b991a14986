import { roleArn } from '../../core/identity/arns.ts';
import type { Role } from '../../domain/identity.ts';
import { instanceProfiles, roles } from '../../records/collections.ts';
import { deleteKeysOf, findRole } from '../../records/identity.ts';
import type { CreateRoleRequest, Role as RoleShape } from '../../shapes/generated/iam.ts';
import type { Operation } from '../operation.ts';
import { checkTrustPolicy, encodedDocument } from './documents.ts';
import { iamErrors } from './errors.ts';
import { hasPath, pathOf, tagShapes, withoutTags, withTags } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { boundaryShape, checkBoundary } from './policies.ts';
import { checkNoPolicies } from './principal-policies.ts';
import { requireOwnRole, requireRole } from './principals.ts';

const DEFAULT_SESSION_SECONDS = 3_600;

const createRole: Operation<CreateRoleRequest, { Role: RoleShape }> = async (context, input) => {
  const { store, ids, clock, installation } = context;
  const { accountId } = installation;
  const path = pathOf(input.Path);
  const tags = withTags([], input.Tags);
  const role = await store.write((tx) => {
    checkTrustPolicy(tx, input.AssumeRolePolicyDocument, accountId);
    if (findRole(tx, input.RoleName) !== undefined) throw iamErrors.roleExists(input.RoleName);
    if (input.PermissionsBoundary !== undefined) checkBoundary(tx, input.PermissionsBoundary);
    const row: Role = {
      roleName: input.RoleName,
      roleId: `AROA${ids.base32(17)}`,
      arn: roleArn(accountId, path, input.RoleName),
      path,
      description: input.Description,
      createdAt: clock.now(),
      maxSessionDurationSeconds: input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
      assumeRolePolicyDocument: input.AssumeRolePolicyDocument,
      permissionsBoundaryArn: input.PermissionsBoundary,
      inlinePolicies: {},
      attachedPolicyArns: [],
      tags,
    };
    tx.put(roles, row);
    return row;
  });
  return { Role: roleShape(role) };
};

/** What every answer has of a role. Lists have no more than this. */
export const listedRole = (role: Role): RoleShape => ({
  Path: role.path,
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: role.arn,
  CreateDate: role.createdAt,
  AssumeRolePolicyDocument: encodedDocument(role.assumeRolePolicyDocument),
  Description: role.description,
  MaxSessionDuration: role.maxSessionDurationSeconds,
});

/** A role as GetRole answers it. */
export const roleShape = (role: Role): RoleShape => ({
  ...listedRole(role),
  PermissionsBoundary: boundaryShape(role.permissionsBoundaryArn),
  Tags: role.tags.length === 0 ? undefined : tagShapes(role.tags),
});

/** Roles: who may be, for how long, and how they are found. (IAM-5) */
export const roleOperations: IamOperationRecord = {
  CreateRole: createRole,
  GetRole: ({ store }, { RoleName }) => ({ Role: roleShape(store.read((tx) => requireRole(tx, RoleName))) }),
  ListRoles: ({ store }, input) => {
    const found = store.read((tx) => tx.all(roles)).filter(({ path }) => hasPath(path, input.PathPrefix));
    const { rows, ...page } = markedPage(found, input, roles.key);
    return { Roles: rows.map(listedRole), ...page };
  },
  UpdateRole: async ({ store }, { RoleName, Description, MaxSessionDuration }) => {
    await store.write((tx) => {
      const role = requireOwnRole(tx, RoleName);
      tx.put(roles, {
        ...role,
        description: Description ?? role.description,
        maxSessionDurationSeconds: MaxSessionDuration ?? role.maxSessionDurationSeconds,
      });
    });
    return {};
  },
  UpdateRoleDescription: ({ store }, { RoleName, Description }) =>
    store.write((tx) => {
      const changed = { ...requireOwnRole(tx, RoleName), description: Description };
      tx.put(roles, changed);
      return { Role: roleShape(changed) };
    }),
  DeleteRole: async ({ store }, { RoleName }) => {
    await store.write((tx) => {
      const role = requireOwnRole(tx, RoleName);
      if (tx.count(instanceProfiles, 'role', roles.key(role)) > 0) throw iamErrors.mustLeaveProfile();
      checkNoPolicies(role);
      deleteKeysOf(tx, `role/${role.roleName}`);
      tx.delete(roles, roles.key(role));
    });
    return {};
  },
  UpdateAssumeRolePolicy: async ({ store, installation }, { RoleName, PolicyDocument }) => {
    await store.write((tx) => {
      const role = requireOwnRole(tx, RoleName);
      checkTrustPolicy(tx, PolicyDocument, installation.accountId);
      tx.put(roles, { ...role, assumeRolePolicyDocument: PolicyDocument });
    });
    return {};
  },
  PutRolePermissionsBoundary: async ({ store }, { RoleName, PermissionsBoundary }) => {
    await store.write((tx) => {
      const role = requireOwnRole(tx, RoleName);
      checkBoundary(tx, PermissionsBoundary);
      tx.put(roles, { ...role, permissionsBoundaryArn: PermissionsBoundary });
    });
    return {};
  },
  DeleteRolePermissionsBoundary: async ({ store }, { RoleName }) => {
    await store.write((tx) => {
      tx.put(roles, { ...requireOwnRole(tx, RoleName), permissionsBoundaryArn: undefined });
    });
    return {};
  },
  TagRole: async ({ store }, { RoleName, Tags }) => {
    await store.write((tx) => {
      const role = requireOwnRole(tx, RoleName);
      tx.put(roles, { ...role, tags: withTags(role.tags, Tags) });
    });
    return {};
  },
  UntagRole: async ({ store }, { RoleName, TagKeys }) => {
    await store.write((tx) => {
      const role = requireOwnRole(tx, RoleName);
      tx.put(roles, { ...role, tags: withoutTags(role.tags, TagKeys) });
    });
    return {};
  },
  ListRoleTags: ({ store }, input) => {
    const { tags } = store.read((tx) => requireRole(tx, input.RoleName));
    const sorted = tagShapes(tags).toSorted((one, other) => (one.Key < other.Key ? -1 : 1));
    const { rows, ...page } = markedPage(sorted, input, ({ Key }) => Key);
    return { Tags: rows, ...page };
  },
};
