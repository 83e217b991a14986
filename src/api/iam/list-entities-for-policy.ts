import { roles, users } from '../../records/collections.ts';
import type {
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse,
  PolicyRole,
  PolicyUser,
} from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { hasPath } from './names.ts';
import { markedPage, sortedBy } from './paging.ts';
import { boundedRoles, requirePolicy } from './policies.ts';

interface Entity {
  readonly key: string;
  readonly path: string;
  readonly role?: PolicyRole;
  readonly user?: PolicyUser;
}

/** The roles and users that have a policy, or that it bounds. There are no groups yet. (IAM-5) */
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
    PolicyGroups: [],
    PolicyUsers: rows.flatMap(({ user }) => user ?? []),
    PolicyRoles: rows.flatMap(({ role }) => role ?? []),
    ...page,
  };
};

function entitiesOf(tx: ReadTx, input: ListEntitiesForPolicyRequest): readonly Entity[] {
  const { PolicyArn, EntityFilter, PolicyUsageFilter } = input;
  const isBoundary = PolicyUsageFilter === 'PermissionsBoundary';
  const asPolicy = isBoundary ? [] : tx.find(roles, 'policy', PolicyArn);
  const asBoundary = PolicyUsageFilter === 'PermissionsPolicy' ? [] : boundedRoles(tx, PolicyArn);
  const byName = new Map([...asPolicy, ...asBoundary].map((role) => [role.roleName, role]));
  const holders = isBoundary ? [] : tx.find(users, 'policy', PolicyArn);
  const roleEntities = [...byName.values()].map(({ roleName, roleId, path }) => ({
    key: `role/${roleName}`,
    path,
    role: { RoleName: roleName, RoleId: roleId },
  }));
  const userEntities = holders.map(({ userName, userId, path }) => ({
    key: `user/${userName}`,
    path,
    user: { UserName: userName, UserId: userId },
  }));
  const includes = (kind: 'Role' | 'User'): boolean => EntityFilter === undefined || EntityFilter === kind;
  return [...(includes('Role') ? roleEntities : []), ...(includes('User') ? userEntities : [])];
}
