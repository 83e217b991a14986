import { instanceProfileArn } from '../../core/identity/arns.ts';
import type { InstanceProfile } from '../../domain/identity.ts';
import { refuse } from '../../lib/service-error.ts';
import { instanceProfiles, roles } from '../../records/collections.ts';
import { findInstanceProfile, findRole } from '../../records/identity.ts';
import type { InstanceProfile as InstanceProfileShape } from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import { iamErrors } from './errors.ts';
import { hasPath, pathOf, tagShapes, withoutTags, withTags } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { requireOwnRole, requireRole } from './principals.ts';
import { roleShape } from './role-operations.ts';

const requireProfile = (tx: ReadTx, name: string): InstanceProfile =>
  findInstanceProfile(tx, name) ?? refuse(iamErrors.profileNotFound(name));

/** An instance profile with its role, as answers have it. */
export function profileShape(tx: ReadTx, profile: InstanceProfile): InstanceProfileShape {
  const role = profile.roleName === undefined ? undefined : findRole(tx, profile.roleName);
  return {
    Path: profile.path,
    InstanceProfileName: profile.instanceProfileName,
    InstanceProfileId: profile.instanceProfileId,
    Arn: profile.arn,
    CreateDate: profile.createdAt,
    Roles: role === undefined ? [] : [roleShape(role)],
    Tags: tagShapes(profile.tags),
  };
}

/** Instance profiles and the role in each. (IAM-16) */
export const instanceProfileOperations: IamOperationRecord = {
  CreateInstanceProfile: ({ store, ids, clock, installation }, { InstanceProfileName, Path, Tags }) => {
    const path = pathOf(Path);
    const row: InstanceProfile = {
      instanceProfileName: InstanceProfileName,
      instanceProfileId: `AIPA${ids.base32(17)}`,
      arn: instanceProfileArn(installation.accountId, path, InstanceProfileName),
      path,
      createdAt: clock.now(),
      tags: withTags([], Tags),
    };
    return store.write((tx) => {
      const isTaken = findInstanceProfile(tx, InstanceProfileName) !== undefined;
      if (isTaken) throw iamErrors.profileExists(InstanceProfileName);
      tx.put(instanceProfiles, row);
      return { InstanceProfile: profileShape(tx, row) };
    });
  },
  GetInstanceProfile: ({ store }, { InstanceProfileName }) =>
    store.read((tx) => ({ InstanceProfile: profileShape(tx, requireProfile(tx, InstanceProfileName)) })),
  ListInstanceProfiles: ({ store }, input) =>
    store.read((tx) => {
      const found = tx.all(instanceProfiles).filter(({ path }) => hasPath(path, input.PathPrefix));
      const { rows, ...page } = markedPage(found, input, instanceProfiles.key);
      return { InstanceProfiles: rows.map((row) => profileShape(tx, row)), ...page };
    }),
  ListInstanceProfilesForRole: ({ store }, input) =>
    store.read((tx) => {
      const found = tx.find(instanceProfiles, 'role', roles.key(requireRole(tx, input.RoleName)));
      const { rows, ...page } = markedPage(found, input, instanceProfiles.key);
      return { InstanceProfiles: rows.map((row) => profileShape(tx, row)), ...page };
    }),
  DeleteInstanceProfile: async ({ store }, { InstanceProfileName }) => {
    await store.write((tx) => {
      const profile = requireProfile(tx, InstanceProfileName);
      if (profile.roleName !== undefined) throw iamErrors.mustLeaveProfile();
      tx.delete(instanceProfiles, instanceProfiles.key(profile));
    });
    return {};
  },
  AddRoleToInstanceProfile: async ({ store }, { InstanceProfileName, RoleName }) => {
    await store.write((tx) => {
      const profile = requireProfile(tx, InstanceProfileName);
      const { roleName } = requireOwnRole(tx, RoleName);
      if (profile.roleName !== undefined) throw iamErrors.quota('InstanceSessionsPerInstanceProfile', 1);
      tx.put(instanceProfiles, { ...profile, roleName });
    });
    return {};
  },
  RemoveRoleFromInstanceProfile: async ({ store }, { InstanceProfileName, RoleName }) => {
    await store.write((tx) => {
      const profile = requireProfile(tx, InstanceProfileName);
      const isIn = profile.roleName?.toLowerCase() === RoleName.toLowerCase();
      if (!isIn) throw iamErrors.roleNotFound(RoleName);
      tx.put(instanceProfiles, { ...profile, roleName: undefined });
    });
    return {};
  },
  TagInstanceProfile: async ({ store }, { InstanceProfileName, Tags }) => {
    await store.write((tx) => {
      const profile = requireProfile(tx, InstanceProfileName);
      tx.put(instanceProfiles, { ...profile, tags: withTags(profile.tags, Tags) });
    });
    return {};
  },
  UntagInstanceProfile: async ({ store }, { InstanceProfileName, TagKeys }) => {
    await store.write((tx) => {
      const profile = requireProfile(tx, InstanceProfileName);
      tx.put(instanceProfiles, { ...profile, tags: withoutTags(profile.tags, TagKeys) });
    });
    return {};
  },
  ListInstanceProfileTags: ({ store }, input) => {
    const { tags } = store.read((tx) => requireProfile(tx, input.InstanceProfileName));
    const sorted = tagShapes(tags).toSorted((one, other) => (one.Key < other.Key ? -1 : 1));
    const { rows, ...page } = markedPage(sorted, input, ({ Key }) => Key);
    return { Tags: rows, ...page };
  },
};
