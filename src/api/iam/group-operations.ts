import { groupArn } from '../../core/identity/arns.ts';
import type { Group, User } from '../../domain/identity.ts';
import { groups, users } from '../../records/collections.ts';
import { findGroup } from '../../records/identity.ts';
import type { Group as GroupShape } from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import { iamErrors } from './errors.ts';
import { hasPath, pathOf } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage, sortedBy } from './paging.ts';
import { checkNoPolicies } from './principal-policies.ts';
import { requireGroup, requireUser } from './principals.ts';
import { listedUser } from './user-operations.ts';

/** A user is in at most this many groups. (IAM-15) */
const GROUPS_MAX_COUNT = 10;

const groupShape = (group: Group): GroupShape => ({
  Path: group.path,
  GroupName: group.groupName,
  GroupId: group.groupId,
  Arn: group.arn,
  CreateDate: group.createdAt,
});

const membersOf = (tx: ReadTx, { groupName }: Group): readonly User[] =>
  tx.find(users, 'group', groupName.toLowerCase());

const namesWithout = ({ groupNames = [] }: User, { groupName }: Group): readonly string[] =>
  groupNames.filter((name) => name.toLowerCase() !== groupName.toLowerCase());

/** Groups and who is in them. (IAM-15) */
export const groupOperations: IamOperationRecord = {
  CreateGroup: async ({ store, ids, clock, installation }, { GroupName, Path }) => {
    const path = pathOf(Path);
    const row: Group = {
      groupName: GroupName,
      groupId: `AGPA${ids.base32(17)}`,
      arn: groupArn(installation.accountId, path, GroupName),
      path,
      createdAt: clock.now(),
      inlinePolicies: {},
      attachedPolicyArns: [],
    };
    await store.write((tx) => {
      if (findGroup(tx, GroupName) !== undefined) throw iamErrors.groupExists(GroupName);
      tx.put(groups, row);
    });
    return { Group: groupShape(row) };
  },
  GetGroup: ({ store }, input) => {
    const { group, members } = store.read((tx) => {
      const found = requireGroup(tx, input.GroupName);
      return { group: found, members: membersOf(tx, found) };
    });
    const { rows, ...page } = markedPage(members, input, users.key);
    return { Group: groupShape(group), Users: rows.map(listedUser), ...page };
  },
  ListGroups: ({ store }, input) => {
    const found = store.read((tx) => tx.all(groups)).filter(({ path }) => hasPath(path, input.PathPrefix));
    const { rows, ...page } = markedPage(found, input, groups.key);
    return { Groups: rows.map(groupShape), ...page };
  },
  UpdateGroup: async ({ store, installation }, { GroupName, NewGroupName, NewPath }) => {
    await store.write((tx) => {
      const group = requireGroup(tx, GroupName);
      const groupName = NewGroupName ?? group.groupName;
      const path = NewPath === undefined ? group.path : pathOf(NewPath);
      const other = findGroup(tx, groupName);
      if (other !== undefined && other !== group) throw iamErrors.groupExists(groupName);
      const arn = groupArn(installation.accountId, path, groupName);
      for (const user of membersOf(tx, group)) {
        tx.put(users, { ...user, groupNames: [...namesWithout(user, group), groupName] });
      }
      tx.delete(groups, groups.key(group));
      tx.put(groups, { ...group, groupName, path, arn });
    });
    return {};
  },
  DeleteGroup: async ({ store }, { GroupName }) => {
    await store.write((tx) => {
      const group = requireGroup(tx, GroupName);
      if (membersOf(tx, group).length > 0) throw iamErrors.mustLeaveGroups();
      checkNoPolicies(group);
      tx.delete(groups, groups.key(group));
    });
    return {};
  },
  AddUserToGroup: async ({ store }, { GroupName, UserName }) => {
    await store.write((tx) => {
      const group = requireGroup(tx, GroupName);
      const user = requireUser(tx, UserName);
      const groupNames = [...namesWithout(user, group), group.groupName];
      if (groupNames.length > GROUPS_MAX_COUNT) throw iamErrors.quota('GroupsPerUser', GROUPS_MAX_COUNT);
      tx.put(users, { ...user, groupNames });
    });
    return {};
  },
  RemoveUserFromGroup: async ({ store }, { GroupName, UserName }) => {
    await store.write((tx) => {
      const group = requireGroup(tx, GroupName);
      const user = requireUser(tx, UserName);
      tx.put(users, { ...user, groupNames: namesWithout(user, group) });
    });
    return {};
  },
  ListGroupsForUser: ({ store }, input) => {
    const found = store.read((tx) => {
      const { groupNames = [] } = requireUser(tx, input.UserName);
      return groupNames.flatMap((name) => findGroup(tx, name) ?? []);
    });
    const { rows, ...page } = markedPage(sortedBy(found, groups.key), input, groups.key);
    return { Groups: rows.map(groupShape), ...page };
  },
};
