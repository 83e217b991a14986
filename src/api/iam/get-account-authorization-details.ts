import { AWS_MANAGED_POLICIES } from '../../core/identity/aws-managed-policies.ts';
import type { Group, Role, User } from '../../domain/identity.ts';
import { groups, instanceProfiles, managedPolicies, roles, users } from '../../records/collections.ts';
import type {
  GetAccountAuthorizationDetailsResponse as Details,
  EntityType,
  GroupDetail,
  IamOperations,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '../../shapes/generated/iam.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { encodedDocument } from './documents.ts';
import { profileShape } from './instance-profile-operations.ts';
import { tagShapes } from './names.ts';
import { markedPage, sortedBy } from './paging.ts';
import { type AnyPolicy, boundaryShape, findPolicy, policyShape, versionsOf } from './policies.ts';
import type { Principal } from './principals.ts';
import { listedRole } from './role-operations.ts';
import { listedUser } from './user-operations.ts';

type Shapes = IamOperations['GetAccountAuthorizationDetails'];

/** One thing of the account, in one of the answer's four lists. */
type Detail = { readonly key: string } & (
  | { readonly list: 'UserDetailList'; readonly shape: () => UserDetail }
  | { readonly list: 'GroupDetailList'; readonly shape: () => GroupDetail }
  | { readonly list: 'RoleDetailList'; readonly shape: () => RoleDetail }
  | { readonly list: 'Policies'; readonly shape: () => ManagedPolicyDetail }
);

const inlineDetails = ({ inlinePolicies }: Principal): readonly PolicyDetail[] =>
  Object.entries(inlinePolicies).map(([PolicyName, text]) => ({
    PolicyName,
    PolicyDocument: encodedDocument(text),
  }));

const attachedDetails = (tx: ReadTx, { attachedPolicyArns }: Principal) =>
  attachedPolicyArns.map((PolicyArn) => ({
    PolicyName: findPolicy(tx, PolicyArn)?.row.policyName,
    PolicyArn,
  }));

const userDetail = (tx: ReadTx, user: User): UserDetail => ({
  ...listedUser(user),
  UserPolicyList: inlineDetails(user),
  GroupList: user.groupNames ?? [],
  AttachedManagedPolicies: attachedDetails(tx, user),
  PermissionsBoundary: boundaryShape(user.permissionsBoundaryArn),
  Tags: tagShapes(user.tags),
});

const groupDetail = (tx: ReadTx, group: Group): GroupDetail => ({
  Path: group.path,
  GroupName: group.groupName,
  GroupId: group.groupId,
  Arn: group.arn,
  CreateDate: group.createdAt,
  GroupPolicyList: inlineDetails(group),
  AttachedManagedPolicies: attachedDetails(tx, group),
});

function roleDetail(tx: ReadTx, role: Role): RoleDetail {
  const { Description: _text, MaxSessionDuration: _duration, ...listed } = listedRole(role);
  return {
    ...listed,
    InstanceProfileList: tx
      .find(instanceProfiles, 'role', roles.key(role))
      .map((profile) => profileShape(tx, profile)),
    RolePolicyList: inlineDetails(role),
    AttachedManagedPolicies: attachedDetails(tx, role),
    PermissionsBoundary: boundaryShape(role.permissionsBoundaryArn),
    Tags: tagShapes(role.tags),
  };
}

function policyDetail(tx: ReadTx, policy: AnyPolicy): ManagedPolicyDetail {
  const { Tags: _tags, ...shape } = policyShape(tx, policy);
  return {
    ...shape,
    PolicyVersionList: versionsOf(policy).map(({ versionId, document, createdAt }) => ({
      VersionId: versionId,
      IsDefaultVersion: versionId === policy.row.defaultVersionId,
      CreateDate: createdAt,
      Document: encodedDocument(document),
    })),
  };
}

/** All there is of a type, in the order of its keys; what it looks like is asked only of what is on the page. */
const DETAILS_OF: Readonly<Record<EntityType, (tx: ReadTx) => readonly Detail[]>> = {
  User: (tx) =>
    tx.all(users).map((row) => ({
      list: 'UserDetailList',
      key: users.key(row),
      shape: () => userDetail(tx, row),
    })),
  Group: (tx) =>
    tx.all(groups).map((row) => ({
      list: 'GroupDetailList',
      key: groups.key(row),
      shape: () => groupDetail(tx, row),
    })),
  Role: (tx) =>
    tx.all(roles).map((row) => ({
      list: 'RoleDetailList',
      key: roles.key(row),
      shape: () => roleDetail(tx, row),
    })),
  LocalManagedPolicy: (tx) =>
    tx.all(managedPolicies).map((row) => ({
      list: 'Policies',
      key: row.arn,
      shape: () => policyDetail(tx, { kind: 'local', row }),
    })),
  AWSManagedPolicy: (tx) =>
    sortedBy([...AWS_MANAGED_POLICIES.values()], ({ arn }) => arn).map((row) => ({
      list: 'Policies',
      key: row.arn,
      shape: () => policyDetail(tx, { kind: 'aws', row }),
    })),
};

const ALL_TYPES = Object.keys(DETAILS_OF) as readonly EntityType[];

/** Users, groups, roles and policies with all that they allow, in pages over the whole. (IAM-22) */
export const getAccountAuthorizationDetails: Operation<Shapes['input'], Shapes['output']> = (
  { store },
  input,
) =>
  store.read((tx): Details => {
    const { Filter = [] } = input;
    // The types come one after the other, each in the order of its keys: so a page begins where the last one ended.
    const found = ALL_TYPES.flatMap((type, at) =>
      Filter.length === 0 || Filter.includes(type)
        ? DETAILS_OF[type](tx).map((detail) => ({ ...detail, key: `${at} ${detail.key}` }))
        : [],
    );
    const { rows: details, ...page } = markedPage(found, input, ({ key }) => key);
    return {
      UserDetailList: details.flatMap((detail) => (detail.list === 'UserDetailList' ? detail.shape() : [])),
      GroupDetailList: details.flatMap((detail) => (detail.list === 'GroupDetailList' ? detail.shape() : [])),
      RoleDetailList: details.flatMap((detail) => (detail.list === 'RoleDetailList' ? detail.shape() : [])),
      Policies: details.flatMap((detail) => (detail.list === 'Policies' ? detail.shape() : [])),
      ...page,
    };
  });
