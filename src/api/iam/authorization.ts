import { managedPolicies, openIdConnectProviders } from '../../records/collections.ts';
import { findGroup, findInstanceProfile, findRole, findUser } from '../../records/identity.ts';
import type { IamOperations, Tag } from '../../shapes/generated/iam.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  type CheckKeys,
  tagPairs,
  withoutResource,
} from '../authorization.ts';

/** An ARN of the account; `resource` is e.g. `role/web`. */
const iamArn = ({ installation }: AccessScene, resource: string): string =>
  `arn:aws:iam::${installation.accountId}:${resource}`;

/** A check on a role by its name, whose case does not matter: the ARN is the row's. */
function roleCheck(scene: AccessScene, name: string, keys: CheckKeys = {}): AccessCheck {
  const role = findRole(scene.tx, name);
  return { resource: role?.arn ?? iamArn(scene, `role/${name}`), keys, resourceTags: () => role?.tags ?? [] };
}

/** The same of a user; without a name the caller itself is meant. */
function userCheck(scene: AccessScene, name: string | undefined, keys: CheckKeys = {}): AccessCheck {
  const user = findUser(scene.tx, name ?? scene.caller.arn.slice(scene.caller.arn.lastIndexOf('/') + 1));
  const unknown = name === undefined ? scene.caller.arn : iamArn(scene, `user/${name}`);
  return { resource: user?.arn ?? unknown, keys, resourceTags: () => user?.tags ?? [] };
}

function policyCheck({ tx }: AccessScene, resource: string): AccessCheck {
  return { resource, resourceTags: () => tx.get(managedPolicies, resource)?.tags ?? [] };
}

interface RoleInput {
  readonly RoleName: string;
}
interface UserInput {
  readonly UserName?: string | undefined;
}
interface PolicyInput {
  readonly PolicyArn: string;
}

const onRole: AccessDeclaration<RoleInput> = ({ RoleName }, scene) => [roleCheck(scene, RoleName)];
const onUser: AccessDeclaration<UserInput> = ({ UserName }, scene) => [userCheck(scene, UserName)];
const onPolicy: AccessDeclaration<PolicyInput> = ({ PolicyArn }, scene) => [policyCheck(scene, PolicyArn)];

const onRoleWithPolicy: AccessDeclaration<RoleInput & PolicyInput> = ({ RoleName, PolicyArn }, scene) => [
  roleCheck(scene, RoleName, { 'iam:policyarn': PolicyArn }),
];
const onUserWithPolicy: AccessDeclaration<UserInput & PolicyInput> = ({ UserName, PolicyArn }, scene) => [
  userCheck(scene, UserName, { 'iam:policyarn': PolicyArn }),
];

const groupArnOf = (scene: AccessScene, name: string): string =>
  findGroup(scene.tx, name)?.arn ?? iamArn(scene, `group/${name}`);

const onGroup: AccessDeclaration<{ readonly GroupName: string }> = ({ GroupName }, scene) => [
  { resource: groupArnOf(scene, GroupName) },
];
const onGroupWithPolicy: AccessDeclaration<{ readonly GroupName: string } & PolicyInput> = (input, scene) => [
  { resource: groupArnOf(scene, input.GroupName), keys: { 'iam:policyarn': input.PolicyArn } },
];
function profileCheck(scene: AccessScene, name: string): AccessCheck {
  const profile = findInstanceProfile(scene.tx, name);
  return {
    resource: profile?.arn ?? iamArn(scene, `instance-profile/${name}`),
    resourceTags: () => profile?.tags ?? [],
  };
}

const onProfile: AccessDeclaration<{ readonly InstanceProfileName: string }> = (input, scene) => [
  profileCheck(scene, input.InstanceProfileName),
];

function providerCheck({ tx }: AccessScene, resource: string): AccessCheck {
  return { resource, resourceTags: () => tx.get(openIdConnectProviders, resource)?.tags ?? [] };
}

const onProvider: AccessDeclaration<{ readonly OpenIDConnectProviderArn: string }> = (input, scene) => [
  providerCheck(scene, input.OpenIDConnectProviderArn),
];

/** Listings are checked on the path that they look under. */
const onPath =
  (type: string): AccessDeclaration<{ readonly PathPrefix?: string | undefined }> =>
  ({ PathPrefix = '/' }, scene) => [{ resource: iamArn(scene, `${type}${PathPrefix}`) }];

interface Made {
  readonly check: AccessCheck;
  readonly tagAction: string;
  readonly tags: readonly Tag[] | undefined;
}

/** What is made with tags needs the permission to tag as well. (AUTH-13) */
function made({ check, tagAction, tags }: Made): readonly AccessCheck[] {
  const requestTags = tagPairs(tags);
  const tagged = { ...check, requestTags };
  return requestTags.length === 0 ? [tagged] : [tagged, { ...tagged, action: tagAction }];
}

const withRequestTags = (check: AccessCheck, tags: readonly Tag[]): readonly AccessCheck[] => [
  { ...check, requestTags: tagPairs(tags) },
];

type Declarations = Partial<AccessDeclarations<IamOperations>>;

const roles: Declarations = {
  AttachRolePolicy: onRoleWithPolicy,
  CreateRole: ({ RoleName, Path = '/', PermissionsBoundary, Tags }, scene) =>
    made({
      check: {
        resource: iamArn(scene, `role${Path}${RoleName}`),
        keys: { 'iam:permissionsboundary': PermissionsBoundary },
      },
      tagAction: 'iam:TagRole',
      tags: Tags,
    }),
  CreateServiceLinkedRole: ({ AWSServiceName }, scene) => [
    {
      resource: iamArn(scene, `role/aws-service-role/${AWSServiceName}/*`),
      keys: { 'iam:awsservicename': AWSServiceName },
    },
  ],
  DeleteRole: onRole,
  DeleteRolePermissionsBoundary: onRole,
  DeleteRolePolicy: onRole,
  DeleteServiceLinkedRole: onRole,
  DetachRolePolicy: onRoleWithPolicy,
  GetRole: onRole,
  GetRolePolicy: onRole,
  GetServiceLinkedRoleDeletionStatus: withoutResource,
  ListAttachedRolePolicies: onRole,
  ListInstanceProfilesForRole: onRole,
  ListRolePolicies: onRole,
  ListRoleTags: onRole,
  ListRoles: onPath('role'),
  PutRolePermissionsBoundary: ({ RoleName, PermissionsBoundary }, scene) => [
    roleCheck(scene, RoleName, { 'iam:permissionsboundary': PermissionsBoundary }),
  ],
  PutRolePolicy: onRole,
  TagRole: ({ RoleName, Tags }, scene) => withRequestTags(roleCheck(scene, RoleName), Tags),
  UntagRole: ({ RoleName, TagKeys }, scene) => [{ ...roleCheck(scene, RoleName), tagKeys: TagKeys }],
  UpdateAssumeRolePolicy: onRole,
  UpdateRole: onRole,
  UpdateRoleDescription: onRole,
};

const users: Declarations = {
  AttachUserPolicy: onUserWithPolicy,
  CreateAccessKey: onUser,
  CreateUser: ({ UserName, Path = '/', PermissionsBoundary, Tags }, scene) =>
    made({
      check: {
        resource: iamArn(scene, `user${Path}${UserName}`),
        keys: { 'iam:permissionsboundary': PermissionsBoundary },
      },
      tagAction: 'iam:TagUser',
      tags: Tags,
    }),
  DeleteAccessKey: onUser,
  DeleteUser: onUser,
  DeleteUserPermissionsBoundary: onUser,
  DeleteUserPolicy: onUser,
  DetachUserPolicy: onUserWithPolicy,
  GetAccessKeyLastUsed: withoutResource,
  GetUser: onUser,
  GetUserPolicy: onUser,
  ListAccessKeys: onUser,
  ListAttachedUserPolicies: onUser,
  ListGroupsForUser: onUser,
  ListUserPolicies: onUser,
  ListUserTags: onUser,
  ListUsers: onPath('user'),
  PutUserPermissionsBoundary: ({ UserName, PermissionsBoundary }, scene) => [
    userCheck(scene, UserName, { 'iam:permissionsboundary': PermissionsBoundary }),
  ],
  PutUserPolicy: onUser,
  TagUser: ({ UserName, Tags }, scene) => withRequestTags(userCheck(scene, UserName), Tags),
  UntagUser: ({ UserName, TagKeys }, scene) => [{ ...userCheck(scene, UserName), tagKeys: TagKeys }],
  UpdateAccessKey: onUser,
  UpdateUser: ({ UserName, NewUserName, NewPath }, scene) => {
    const user = findUser(scene.tx, UserName);
    const renamed = `user${NewPath ?? user?.path ?? '/'}${NewUserName ?? UserName}`;
    return [userCheck(scene, UserName), { ...userCheck(scene, UserName), resource: iamArn(scene, renamed) }];
  },
};

const policies: Declarations = {
  CreatePolicy: ({ PolicyName, Path = '/', Tags }, scene) =>
    made({
      check: { resource: iamArn(scene, `policy${Path}${PolicyName}`) },
      tagAction: 'iam:TagPolicy',
      tags: Tags,
    }),
  CreatePolicyVersion: onPolicy,
  DeletePolicy: onPolicy,
  DeletePolicyVersion: onPolicy,
  GetPolicy: onPolicy,
  GetPolicyVersion: onPolicy,
  ListEntitiesForPolicy: onPolicy,
  // AWS names no ARN here; only a star covers it.
  ListPolicies: ({ PathPrefix = '/' }) => [{ resource: `policy path ${PathPrefix}` }],
  ListPolicyTags: onPolicy,
  ListPolicyVersions: onPolicy,
  SetDefaultPolicyVersion: onPolicy,
  SimulateCustomPolicy: withoutResource,
  SimulatePrincipalPolicy: ({ PolicySourceArn }) => [{ resource: PolicySourceArn }],
  TagPolicy: ({ PolicyArn, Tags }, scene) => withRequestTags(policyCheck(scene, PolicyArn), Tags),
  UntagPolicy: ({ PolicyArn, TagKeys }, scene) => [{ ...policyCheck(scene, PolicyArn), tagKeys: TagKeys }],
};

const groups: Declarations = {
  AddUserToGroup: onGroup,
  AttachGroupPolicy: onGroupWithPolicy,
  CreateGroup: ({ GroupName, Path = '/' }, scene) => [
    { resource: iamArn(scene, `group${Path}${GroupName}`) },
  ],
  DeleteGroup: onGroup,
  DeleteGroupPolicy: onGroup,
  DetachGroupPolicy: onGroupWithPolicy,
  GetGroup: onGroup,
  GetGroupPolicy: onGroup,
  ListAttachedGroupPolicies: onGroup,
  ListGroupPolicies: onGroup,
  ListGroups: onPath('group'),
  PutGroupPolicy: onGroup,
  RemoveUserFromGroup: onGroup,
  UpdateGroup: onGroup,
};

const others: Declarations = {
  AddClientIDToOpenIDConnectProvider: onProvider,
  AddRoleToInstanceProfile: (input, scene) => [
    ...onProfile(input, scene),
    {
      ...roleCheck(scene, input.RoleName, { 'iam:passedtoservice': 'ec2.amazonaws.com' }),
      action: 'iam:PassRole',
    },
  ],
  CreateAccountAlias: withoutResource,
  CreateInstanceProfile: ({ InstanceProfileName, Path = '/', Tags }, scene) =>
    made({
      check: { resource: iamArn(scene, `instance-profile${Path}${InstanceProfileName}`) },
      tagAction: 'iam:TagInstanceProfile',
      tags: Tags,
    }),
  CreateOpenIDConnectProvider: ({ Url, Tags }, scene) =>
    made({
      check: { resource: iamArn(scene, `oidc-provider/${Url.replace(/^https:\/\//, '')}`) },
      tagAction: 'iam:TagOpenIDConnectProvider',
      tags: Tags,
    }),
  DeleteAccountAlias: withoutResource,
  DeleteInstanceProfile: onProfile,
  DeleteOpenIDConnectProvider: onProvider,
  GetAccountAuthorizationDetails: withoutResource,
  GetAccountSummary: withoutResource,
  GetInstanceProfile: onProfile,
  GetOpenIDConnectProvider: onProvider,
  ListAccountAliases: withoutResource,
  ListInstanceProfileTags: onProfile,
  ListInstanceProfiles: onPath('instance-profile'),
  ListOpenIDConnectProviderTags: onProvider,
  ListOpenIDConnectProviders: withoutResource,
  RemoveClientIDFromOpenIDConnectProvider: onProvider,
  RemoveRoleFromInstanceProfile: onProfile,
  TagInstanceProfile: ({ InstanceProfileName, Tags }, scene) =>
    withRequestTags(profileCheck(scene, InstanceProfileName), Tags),
  TagOpenIDConnectProvider: ({ OpenIDConnectProviderArn, Tags }, scene) =>
    withRequestTags(providerCheck(scene, OpenIDConnectProviderArn), Tags),
  UntagInstanceProfile: ({ InstanceProfileName, TagKeys }, scene) => [
    { ...profileCheck(scene, InstanceProfileName), tagKeys: TagKeys },
  ],
  UntagOpenIDConnectProvider: ({ OpenIDConnectProviderArn, TagKeys }, scene) => [
    { ...providerCheck(scene, OpenIDConnectProviderArn), tagKeys: TagKeys },
  ],
  UpdateOpenIDConnectProviderThumbprint: onProvider,
};

/** IAM operations with the permissions that they need. (AUTH-11; Service Authorization Reference, AWS IAM) */
export const iamAuthorization: Declarations = { ...roles, ...users, ...policies, ...groups, ...others };
