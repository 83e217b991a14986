import { type SourcedPolicy, sourcedPolicy } from '../core/authorization/policy-source.ts';
import { AWS_MANAGED_POLICIES } from '../core/identity/aws-managed-policies.ts';
import type { Group, Role, User } from '../domain/identity.ts';
import type { ReadTx } from '../store/store.ts';
import { managedPolicies } from './collections.ts';
import { findGroup } from './identity.ts';

/** The policies that a user with its groups, a role, or a group has, as a simulation names them. (IAM-23) */
export interface PolicySources {
  readonly identity: readonly SourcedPolicy[];
  /** Empty when no boundary is set. */
  readonly boundary: readonly SourcedPolicy[];
}

/** The policies of a user and of its groups. */
export function userPolicySources(tx: ReadTx, user: User): PolicySources {
  const groups = (user.groupNames ?? []).flatMap((name) => findGroup(tx, name) ?? []);
  return {
    identity: [
      ...identityOf(tx, `user_${user.userName}`, user),
      ...groups.flatMap((group) => groupPolicySources(tx, group).identity),
    ],
    boundary: boundaryOf(tx, user.permissionsBoundaryArn),
  };
}

/** The policies of a role. */
export const rolePolicySources = (tx: ReadTx, role: Role): PolicySources => ({
  identity: identityOf(tx, `role_${role.roleName}`, role),
  boundary: boundaryOf(tx, role.permissionsBoundaryArn),
});

/** The policies of a group alone. */
export const groupPolicySources = (tx: ReadTx, group: Group): PolicySources => ({
  identity: identityOf(tx, `group_${group.groupName}`, group),
  boundary: [],
});

function identityOf(
  tx: ReadTx,
  holderName: string,
  holder: Pick<Role, 'inlinePolicies' | 'attachedPolicyArns'>,
): readonly SourcedPolicy[] {
  return [
    ...Object.entries(holder.inlinePolicies).map(([name, text]) =>
      sourcedPolicy(`${holderName}_${name}`, text),
    ),
    ...holder.attachedPolicyArns.map((arn) => managedSource(tx, arn, 'IAM Policy')),
  ];
}

const boundaryOf = (tx: ReadTx, arn: string | undefined): readonly SourcedPolicy[] =>
  arn === undefined ? [] : [managedSource(tx, arn, 'Permissions Boundary Policy')];

/** The default version of a managed policy; one that is gone says nothing. */
function managedSource(tx: ReadTx, arn: string, kind: SourcedPolicy['kind']): SourcedPolicy {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const row = tx.get(managedPolicies, arn);
  const own = row?.versions.find(({ versionId }) => versionId === row.defaultVersionId)?.document;
  return sourcedPolicy(name, own ?? AWS_MANAGED_POLICIES.get(arn)?.document ?? '', kind);
}
