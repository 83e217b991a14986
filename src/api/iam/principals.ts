import type { Group, Role, User } from '../../domain/identity.ts';
import { refuse } from '../../lib/service-error.ts';
import { groups, roles, users } from '../../records/collections.ts';
import { findGroup, findRole, findUser } from '../../records/identity.ts';
import type { Collection, ReadTx } from '../../store/store.ts';
import { iamErrors } from './errors.ts';

/** What roles, users and groups have in common. */
export interface Principal {
  readonly path: string;
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly attachedPolicyArns: readonly string[];
}

/** A kind of principal: what is the same for all is written once and takes one of these. */
export interface PrincipalKind<Row extends Principal> {
  /** As texts say it. */
  readonly label: 'role' | 'user' | 'group';
  readonly collection: Collection<Row, 'policy'>;
  /** Stops when there is none of this name. */
  readonly require: (tx: ReadTx, name: string) => Row;
  /** The same for a change, which a service-linked role does not take. */
  readonly requireOwn: (tx: ReadTx, name: string) => Row;
  readonly attachedQuotaName: string;
  /** The sum of all inline policies, white space not counted. */
  readonly inlineMaxLength: number;
}

/** Roles. */
export const ROLE: PrincipalKind<Role> = {
  label: 'role',
  collection: roles,
  require: requireRole,
  requireOwn: requireOwnRole,
  attachedQuotaName: 'PoliciesPerRole',
  inlineMaxLength: 10_240,
};

/** Users. */
export const USER: PrincipalKind<User> = {
  label: 'user',
  collection: users,
  require: requireUser,
  requireOwn: requireUser,
  attachedQuotaName: 'PoliciesPerUser',
  inlineMaxLength: 2_048,
};

/** Groups. */
export const GROUP: PrincipalKind<Group> = {
  label: 'group',
  collection: groups,
  require: requireGroup,
  requireOwn: requireGroup,
  attachedQuotaName: 'PoliciesPerGroup',
  inlineMaxLength: 5_120,
};

/** The path under which roles of AWS services are. */
export const SERVICE_LINKED_PATH = '/aws-service-role/';

/** The role, or NoSuchEntity. */
export function requireRole(tx: ReadTx, name: string): Role {
  return findRole(tx, name) ?? refuse(iamErrors.roleNotFound(name));
}

/** The role if it may be changed. */
export function requireOwnRole(tx: ReadTx, name: string): Role {
  const role = requireRole(tx, name);
  if (role.path.startsWith(SERVICE_LINKED_PATH)) throw iamErrors.serviceLinkedRole(role.roleName);
  return role;
}

/** The user, or NoSuchEntity. */
export function requireUser(tx: ReadTx, name: string): User {
  return findUser(tx, name) ?? refuse(iamErrors.userNotFound(name));
}

/** The group, or NoSuchEntity. */
export function requireGroup(tx: ReadTx, name: string): Group {
  return findGroup(tx, name) ?? refuse(iamErrors.groupNotFound(name));
}
