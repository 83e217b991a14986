import { groups, roles, users } from '../../records/collections.ts';
import type {
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse,
  PolicyGroup,
  PolicyRole,
  PolicyUser,
} from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { hasPath } from './names.ts';
import { markedPage, sortedBy } from './paging.ts';
import { boundedRoles, boundedUsers, requirePolicy } from './policies.ts';

interface Entity {
  readonly key: string;
  readonly path: string;
  readonly role?: PolicyRole;
  readonly user?: PolicyUser;
  readonly group?: PolicyGroup;
}

/** The roles, users and groups that have a policy, or that it bounds. (IAM-5) */
export const listEntitiesForPolicy: Operation<ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse> = (
  { store },
  input,
) => {
  const entities = store.read((tx) => {
    requirePolicy(tx, input.PolicyArn);
    return entitiesOf(tx, input);
  });
  const inPath = entities.filter(({ path }) => hasPath(path, input.PathPrefix));
  const { rows, ...page } = markedPage(
    sortedBy(inPath, ({ key }) => key),
    input,
    ({ key }) => key,
  );
  return {
    PolicyGroups: rows.flatMap(({ group }) => group ?? []),
    PolicyUsers: rows.flatMap(({ user }) => user ?? []),
    PolicyRoles: rows.flatMap(({ role }) => role ?? []),
    ...page,
  };
};

function entitiesOf(tx: ReadTx, input: ListEntitiesForPolicyRequest): readonly Entity[] {
  const { PolicyArn, EntityFilter, PolicyUsageFilter } = input;
  const asPolicy = PolicyUsageFilter !== 'PermissionsBoundary';
  const asBoundary = PolicyUsageFilter !== 'PermissionsPolicy';
  const includes = (kind: 'Role' | 'User' | 'Group'): boolean =>
    EntityFilter === undefined || EntityFilter === kind;
  return [
    ...(includes('Role') ? rolesOf(tx, PolicyArn, { asPolicy, asBoundary }) : []),
    ...(includes('User') ? usersOf(tx, PolicyArn, { asPolicy, asBoundary }) : []),
    ...(includes('Group') && asPolicy ? groupsOf(tx, PolicyArn) : []),
  ];
}

interface Usage {
  readonly asPolicy: boolean;
  readonly asBoundary: boolean;
}

function rolesOf(tx: ReadTx, arn: string, { asPolicy, asBoundary }: Usage): readonly Entity[] {
  const found = [
    ...(asPolicy ? tx.find(roles, 'policy', arn) : []),
    ...(asBoundary ? boundedRoles(tx, arn) : []),
  ];
  return [...new Set(found)].map(({ roleName, roleId, path }) => ({
    key: `role/${roleName}`,
    path,
    role: { RoleName: roleName, RoleId: roleId },
  }));
}

function usersOf(tx: ReadTx, arn: string, { asPolicy, asBoundary }: Usage): readonly Entity[] {
  const found = [
    ...(asPolicy ? tx.find(users, 'policy', arn) : []),
    ...(asBoundary ? boundedUsers(tx, arn) : []),
  ];
  return [...new Set(found)].map(({ userName, userId, path }) => ({
    key: `user/${userName}`,
    path,
    user: { UserName: userName, UserId: userId },
  }));
}

const groupsOf = (tx: ReadTx, arn: string): readonly Entity[] =>
  tx.find(groups, 'policy', arn).map(({ groupName, groupId, path }) => ({
    key: `group/${groupName}`,
    path,
    group: { GroupName: groupName, GroupId: groupId },
  }));
