import { describe, expect, test } from 'vitest';
import type { Caller } from '../../domain/caller.ts';
import { instant } from '../../lib/clock.ts';
import { roles } from '../../records/collections.ts';
import { createSession, findCredentials } from '../../records/identity.ts';
import type { IamOperations } from '../../shapes/generated/iam.ts';
import { anIam, type Iam } from './testing.ts';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});
const EXECUTION_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
const OWN_POLICY = 'arn:aws:iam::123456789012:policy/read';

const withRole = async (): Promise<Iam> => {
  const iam = await anIam();
  await iam.call('CreateRole', { RoleName: 'web', AssumeRolePolicyDocument: TRUST });
  return iam;
};

test('[IAM-3] identifiers say by their beginning what they are of', async () => {
  const iam = await withRole();
  const { User } = await iam.call('CreateUser', { UserName: 'ann' });
  const { Role } = await iam.call('GetRole', { RoleName: 'web' });
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'read', PolicyDocument: POLICY });
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'ann' });
  const { store, ids, clock } = iam.context;
  const session = await store.write((tx) =>
    tx.all(roles).map((role) => {
      const request = { role, sessionName: 's', durationSeconds: 900, ids, now: clock.now() };
      return createSession(tx, request).accessKeyId;
    }),
  );
  expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
  expect(Role?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
  expect(Policy?.PolicyId).toMatch(/^ANPA[A-Z2-7]{17}$/);
  expect(AccessKey?.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(session).toEqual([expect.stringMatching(/^ASIA[A-Z2-7]{16}$/)]);
});

describe('roles', () => {
  test('[IAM-5] a new role is answered with its document encoded', async () => {
    const iam = await anIam();
    const input = {
      RoleName: 'web',
      Path: '/app/',
      AssumeRolePolicyDocument: TRUST,
      Tags: [{ Key: 'a', Value: 'b' }],
    };
    const { Role } = await iam.call('CreateRole', input);
    expect(Role).toEqual({
      Path: '/app/',
      RoleName: 'web',
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Arn: 'arn:aws:iam::123456789012:role/app/web',
      CreateDate: iam.context.clock.now(),
      AssumeRolePolicyDocument: encodeURIComponent(TRUST),
      Description: undefined,
      MaxSessionDuration: 3600,
      PermissionsBoundary: undefined,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect((await iam.call('GetRole', { RoleName: 'WEB' })).Role).toEqual(Role);
  });

  test('[IAM-10] encodes what encodeURIComponent leaves', async () => {
    const iam = await withRole();
    const document = POLICY.replace('s3:GetObject', 's3:Get*');
    await iam.call('PutRolePolicy', { RoleName: 'web', PolicyName: 'p', PolicyDocument: document });
    const { PolicyDocument = '' } = await iam.call('GetRolePolicy', { RoleName: 'web', PolicyName: 'p' });
    expect(PolicyDocument).toContain('s3%3AGet%2A');
    expect(decodeURIComponent(PolicyDocument)).toBe(document);
  });

  test('[IAM-8] refusals say what IAM says', async () => {
    const iam = await withRole();
    const create = (RoleName: string, AssumeRolePolicyDocument = TRUST) =>
      iam.refusal('CreateRole', { RoleName, AssumeRolePolicyDocument });
    expect(await create('Web')).toBe('EntityAlreadyExistsException: Role with name Web already exists.');
    expect(await create('b', '{')).toBe(
      'MalformedPolicyDocumentException: This policy contains invalid Json',
    );
    const stranger = TRUST.replace(
      '"Service":"ecs-tasks.amazonaws.com"',
      '"AWS":"arn:aws:iam::123456789012:user/x"',
    );
    expect(await create('b', stranger)).toBe(
      'MalformedPolicyDocumentException: Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/x"',
    );
    expect(await iam.refusal('GetRole', { RoleName: 'x' })).toBe(
      'NoSuchEntityException: The role with name x cannot be found.',
    );
  });

  test('[IAM-5] a role with policies cannot be deleted', async () => {
    const iam = await withRole();
    const RoleName = 'web';
    await iam.call('AttachRolePolicy', { RoleName, PolicyArn: EXECUTION_POLICY });
    await iam.call('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: POLICY });
    expect(await iam.refusal('DeleteRole', { RoleName })).toBe(
      'DeleteConflictException: Cannot delete entity, must detach all policies first.',
    );
    await iam.call('DetachRolePolicy', { RoleName, PolicyArn: EXECUTION_POLICY });
    expect(await iam.refusal('DeleteRole', { RoleName })).toBe(
      'DeleteConflictException: Cannot delete entity, must delete policies first.',
    );
    await iam.call('DeleteRolePolicy', { RoleName, PolicyName: 'p' });
    await iam.call('DeleteRole', { RoleName });
    expect((await iam.call('ListRoles', {})).Roles).toEqual([]);
  });

  test('[IAM-9] lists go by pages and paths', async () => {
    const iam = await anIam();
    for (const [RoleName, Path] of [
      ['c', '/'],
      ['a', '/x/'],
      ['B', '/x/y/'],
    ] as const) {
      await iam.call('CreateRole', { RoleName, Path, AssumeRolePolicyDocument: TRUST });
    }
    const first = await iam.call('ListRoles', { MaxItems: 2 });
    expect(first.Roles?.map((role) => role.RoleName)).toEqual(['a', 'B']);
    expect(first.IsTruncated).toBe(true);
    const second = await iam.call('ListRoles', { MaxItems: 2, Marker: first.Marker });
    expect(second.Roles?.map((role) => role.RoleName)).toEqual(['c']);
    expect(second).toMatchObject({ IsTruncated: false, Marker: undefined });
    const inPath = await iam.call('ListRoles', { PathPrefix: '/x/' });
    expect(inPath.Roles?.map((role) => role.RoleName)).toEqual(['a', 'B']);
    expect(await iam.refusal('ListRolePolicies', { RoleName: 'a', MaxItems: 0 })).toBe(
      "ValidationError: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  });

  test('[IAM-11] tags are replaced without regard to case and listed', async () => {
    const iam = await withRole();
    await iam.call('TagRole', {
      RoleName: 'web',
      Tags: [
        { Key: 'Team', Value: 'a' },
        { Key: 'x', Value: '1' },
      ],
    });
    await iam.call('TagRole', { RoleName: 'web', Tags: [{ Key: 'team', Value: 'b' }] });
    await iam.call('UntagRole', { RoleName: 'web', TagKeys: ['x', 'unknown'] });
    const { Tags } = await iam.call('ListRoleTags', { RoleName: 'web' });
    expect(Tags).toEqual([{ Key: 'team', Value: 'b' }]);
    const twice = [
      { Key: 'a', Value: '' },
      { Key: 'A', Value: '' },
    ];
    expect(await iam.refusal('TagRole', { RoleName: 'web', Tags: twice })).toBe(
      'InvalidInputException: Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  });

  test('[IAM-5] what is updated is what is read', async () => {
    const iam = await withRole();
    const RoleName = 'web';
    await iam.call('UpdateRole', { RoleName, Description: 'd', MaxSessionDuration: 7200 });
    const trust = TRUST.replace('ecs-tasks', 'ec2');
    await iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust });
    await iam.call('PutRolePermissionsBoundary', { RoleName, PermissionsBoundary: EXECUTION_POLICY });
    expect((await iam.call('GetRole', { RoleName })).Role).toMatchObject({
      Description: 'd',
      MaxSessionDuration: 7200,
      AssumeRolePolicyDocument: encodeURIComponent(trust),
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: EXECUTION_POLICY },
    });
    await iam.call('DeleteRolePermissionsBoundary', { RoleName });
    expect((await iam.call('GetRole', { RoleName })).Role?.PermissionsBoundary).toBeUndefined();
    expect((await iam.call('ListInstanceProfilesForRole', { RoleName })).InstanceProfiles).toEqual([]);
  });

  test('[IAM-14] the role of ECS is made once and is not changed', async () => {
    const iam = await anIam();
    const { Role } = await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' });
    expect(Role?.Arn).toBe(
      'arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
    );
    expect(await iam.refusal('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' })).toBe(
      'InvalidInputException: Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.',
    );
    expect(await iam.refusal('DeleteRole', { RoleName: 'AWSServiceRoleForECS' })).toBe(
      "UnmodifiableEntityException: Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS",
    );
  });
});

describe('policies of a role', () => {
  test('[IAM-5] attaching twice is once, and what is not attached cannot be detached', async () => {
    const iam = await withRole();
    const attachment = { RoleName: 'web', PolicyArn: EXECUTION_POLICY };
    await iam.call('AttachRolePolicy', attachment);
    await iam.call('AttachRolePolicy', attachment);
    const { AttachedPolicies } = await iam.call('ListAttachedRolePolicies', { RoleName: 'web' });
    expect(AttachedPolicies).toEqual([
      { PolicyName: 'AmazonECSTaskExecutionRolePolicy', PolicyArn: EXECUTION_POLICY },
    ]);
    await iam.call('DetachRolePolicy', attachment);
    expect(await iam.refusal('DetachRolePolicy', attachment)).toBe(
      `NoSuchEntityException: Policy ${EXECUTION_POLICY} was not found.`,
    );
  });

  test.each([
    ['not-an-arn-but-long-enough', 'ValidationError: Invalid ARN:  Could not be parsed!'],
    ['arn:aws:s3:::some-bucket-name', 'ValidationError: ARN arn:aws:s3:::some-bucket-name is not valid.'],
    [OWN_POLICY, `NoSuchEntityException: Policy ${OWN_POLICY} does not exist or is not attachable.`],
    [
      'arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy',
      'PolicyNotAttachableException: Cannot attach a Service Role Policy to a Customer Role.',
    ],
  ])('[IAM-8] attaching %s is refused', async (PolicyArn, refusal) => {
    const iam = await withRole();
    expect(await iam.refusal('AttachRolePolicy', { RoleName: 'web', PolicyArn })).toBe(refusal);
  });

  test.each([
    { count: 10, refusal: 'no refusal' },
    { count: 11, refusal: 'LimitExceededException: Cannot exceed quota for PoliciesPerRole: 10' },
  ])('[IAM-5] $count managed policies: $refusal', async ({ count, refusal }) => {
    const iam = await withRole();
    let last = 'none';
    for (let index = 0; index < count; index += 1) {
      const name = `p${index}`;
      await iam.call('CreatePolicy', { PolicyName: name, PolicyDocument: POLICY });
      const PolicyArn = `arn:aws:iam::123456789012:policy/${name}`;
      last = await iam.refusal('AttachRolePolicy', { RoleName: 'web', PolicyArn });
    }
    expect(last).toBe(refusal);
  });

  test('[IAM-6] inline policies: names that objects have by birth are names like others', async () => {
    const iam = await withRole();
    const missing = await iam.refusal('GetRolePolicy', { RoleName: 'web', PolicyName: 'constructor' });
    expect(missing).toBe('NoSuchEntityException: The role policy with name constructor cannot be found.');
    for (const PolicyName of ['__proto__', 'b', 'a']) {
      await iam.call('PutRolePolicy', { RoleName: 'web', PolicyName, PolicyDocument: POLICY });
    }
    const { PolicyNames } = await iam.call('ListRolePolicies', { RoleName: 'web' });
    expect(PolicyNames).toEqual(['__proto__', 'a', 'b']);
    await iam.call('DeleteRolePolicy', { RoleName: 'web', PolicyName: '__proto__' });
    expect((await iam.call('ListRolePolicies', { RoleName: 'web' })).PolicyNames).toEqual(['a', 'b']);
  });

  test('[IAM-6] inline policies: white space does not count, the sum of all does', async () => {
    const iam = await withRole();
    const sized = (length: number): string =>
      POLICY.replace('"*"', `"arn:aws:s3:::${'a'.repeat(length - POLICY.length - 12)}"`);
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.refusal('PutRolePolicy', { RoleName: 'web', PolicyName, PolicyDocument });
    expect(sized(5120)).toHaveLength(5120);
    expect(await put('a', `${sized(5120)}${' '.repeat(9000)}`)).toBe('no refusal');
    expect(await put('b', sized(5120))).toBe('no refusal');
    expect(await put('b', sized(5121))).toBe(
      'LimitExceededException: Maximum policy size of 10240 bytes exceeded for role web',
    );
  });
});

describe('managed policies', () => {
  const create = async (): Promise<Iam> => {
    const iam = await withRole();
    await iam.call('CreatePolicy', { PolicyName: 'read', PolicyDocument: POLICY, Description: 'd' });
    return iam;
  };

  test('[IAM-5] say where they are attached and cannot go before', async () => {
    const iam = await create();
    await iam.call('AttachRolePolicy', { RoleName: 'web', PolicyArn: OWN_POLICY });
    expect((await iam.call('GetPolicy', { PolicyArn: OWN_POLICY })).Policy).toMatchObject({
      PolicyName: 'read',
      PolicyId: expect.stringMatching(/^ANPA/),
      DefaultVersionId: 'v1',
      AttachmentCount: 1,
      IsAttachable: true,
      Description: 'd',
    });
    const entities = await iam.call('ListEntitiesForPolicy', { PolicyArn: OWN_POLICY });
    expect(entities.PolicyRoles?.map((role) => role.RoleName)).toEqual(['web']);
    expect(await iam.refusal('DeletePolicy', { PolicyArn: OWN_POLICY })).toBe(
      'DeleteConflictException: Cannot delete a policy attached to entities.',
    );
    expect(await iam.refusal('CreatePolicy', { PolicyName: 'Read', PolicyDocument: POLICY })).toBe(
      'EntityAlreadyExistsException: A policy called Read already exists. Duplicate names are not allowed.',
    );
  });

  test('[IAM-12] have up to five versions whose numbers are never used again', async () => {
    const iam = await create();
    const version = { PolicyArn: OWN_POLICY, PolicyDocument: POLICY };
    for (let count = 2; count <= 5; count += 1) await iam.call('CreatePolicyVersion', version);
    expect(await iam.refusal('CreatePolicyVersion', version)).toMatch(
      /^LimitExceededException: A managed policy/,
    );
    await iam.call('DeletePolicyVersion', { PolicyArn: OWN_POLICY, VersionId: 'v5' });
    const made = await iam.call('CreatePolicyVersion', { ...version, SetAsDefault: true });
    expect(made.PolicyVersion).toMatchObject({ VersionId: 'v6', IsDefaultVersion: true });
    const { Versions } = await iam.call('ListPolicyVersions', { PolicyArn: OWN_POLICY });
    expect(Versions?.map((row) => row.VersionId)).toEqual(['v6', 'v4', 'v3', 'v2', 'v1']);
    expect(await iam.refusal('DeletePolicyVersion', { PolicyArn: OWN_POLICY, VersionId: 'v6' })).toBe(
      'DeleteConflictException: Cannot delete the default version of a policy.',
    );
    await iam.call('SetDefaultPolicyVersion', { PolicyArn: OWN_POLICY, VersionId: 'v1' });
    const read = await iam.call('GetPolicyVersion', { PolicyArn: OWN_POLICY, VersionId: 'v1' });
    expect(read.PolicyVersion).toMatchObject({
      IsDefaultVersion: true,
      Document: encodeURIComponent(POLICY).replaceAll('*', '%2A'),
    });
    expect(await iam.refusal('GetPolicyVersion', { PolicyArn: OWN_POLICY, VersionId: 'v9' })).toBe(
      `NoSuchEntityException: Policy ${OWN_POLICY} version v9 does not exist or is not attachable.`,
    );
    expect(await iam.refusal('DeletePolicy', { PolicyArn: OWN_POLICY })).toMatch(/more than one version/);
  });

  test("[IAM-5] AWS's are read and attached, not changed", async () => {
    const iam = await create();
    const scoped = async (Scope: 'AWS' | 'Local') =>
      (await iam.call('ListPolicies', { Scope })).Policies?.map((policy) => policy.PolicyName);
    expect(await scoped('Local')).toEqual(['read']);
    expect(await scoped('AWS')).toContain('AmazonECSTaskExecutionRolePolicy');
    await iam.call('AttachRolePolicy', { RoleName: 'web', PolicyArn: EXECUTION_POLICY });
    const attached = await iam.call('ListPolicies', { OnlyAttached: true });
    expect(attached.Policies?.map((policy) => policy.PolicyName)).toEqual([
      'AmazonEC2ContainerServiceforEC2Role',
      'AmazonECSTaskExecutionRolePolicy',
    ]);
    expect(await iam.refusal('DeletePolicy', { PolicyArn: EXECUTION_POLICY })).toMatch(
      /^AccessDenied: User: /,
    );
    const { PolicyVersion } = await iam.call('GetPolicyVersion', {
      PolicyArn: EXECUTION_POLICY,
      VersionId: 'v1',
    });
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')).Statement).toHaveLength(1);
  });
});

describe('listEntitiesForPolicy', () => {
  test('[IAM-5] tells who has a policy and whom it bounds, by kind, path and use', async () => {
    const iam = await withRole();
    await iam.call('AttachRolePolicy', { RoleName: 'web', PolicyArn: EXECUTION_POLICY });
    await iam.call('CreateUser', { UserName: 'ann', Path: '/people/' });
    await iam.call('AttachUserPolicy', { UserName: 'ann', PolicyArn: EXECUTION_POLICY });
    const bounded = {
      RoleName: 'bounded',
      AssumeRolePolicyDocument: TRUST,
      PermissionsBoundary: EXECUTION_POLICY,
    };
    await iam.call('CreateRole', bounded);
    const names = async (filter: Partial<IamOperations['ListEntitiesForPolicy']['input']>) => {
      const found = await iam.call('ListEntitiesForPolicy', { PolicyArn: EXECUTION_POLICY, ...filter });
      return [
        ...(found.PolicyRoles ?? []).map((role) => role.RoleName),
        ...(found.PolicyUsers ?? []).map((user) => user.UserName),
      ];
    };
    expect(await names({})).toEqual(['bounded', 'web', 'ann']);
    expect(await names({ EntityFilter: 'User' })).toEqual(['ann']);
    expect(await names({ EntityFilter: 'Group' })).toEqual([]);
    expect(await names({ PathPrefix: '/people/' })).toEqual(['ann']);
    expect(await names({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['bounded']);
    expect(await names({ PolicyUsageFilter: 'PermissionsPolicy' })).toEqual(['web', 'ann']);
    expect(await names({ MaxItems: 2 })).toEqual(['bounded', 'web']);
  });
});

describe('users and keys', () => {
  const withUser = async (): Promise<Iam> => {
    const iam = await anIam();
    await iam.call('CreateUser', { UserName: 'ann' });
    return iam;
  };

  test('[IAM-13] a key signs until it is made inactive', async () => {
    const iam = await withUser();
    const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'ann' });
    const id = AccessKey?.AccessKeyId ?? '';
    const found = () => iam.context.store.read((tx) => findCredentials(tx, id, instant(0)));
    expect(found()).toMatchObject({
      secretAccessKey: AccessKey?.SecretAccessKey,
      caller: { kind: 'user', arn: 'arn:aws:iam::123456789012:user/ann' },
    });
    await iam.call('UpdateAccessKey', { UserName: 'ann', AccessKeyId: id, Status: 'Inactive' });
    expect(found()).toBeUndefined();
    const { AccessKeyMetadata } = await iam.call('ListAccessKeys', { UserName: 'ann' });
    expect(AccessKeyMetadata).toEqual([
      { UserName: 'ann', AccessKeyId: id, Status: 'Inactive', CreateDate: iam.context.clock.now() },
    ]);
  });

  test('[IAM-13] two keys at most, and a user with keys cannot be deleted', async () => {
    const iam = await withUser();
    const keys = [1, 2].map(() => iam.call('CreateAccessKey', { UserName: 'ann' }));
    expect(await iam.refusal('CreateAccessKey', { UserName: 'ann' })).toBe(
      'LimitExceededException: Cannot exceed quota for AccessKeysPerUser: 2',
    );
    expect(await iam.refusal('DeleteUser', { UserName: 'ann' })).toBe(
      'DeleteConflictException: Cannot delete entity, must delete access keys first.',
    );
    for (const { AccessKey } of await Promise.all(keys)) {
      await iam.call('DeleteAccessKey', { UserName: 'ann', AccessKeyId: AccessKey?.AccessKeyId ?? '' });
    }
    await iam.call('DeleteUser', { UserName: 'ann' });
    expect(await iam.refusal('GetUser', { UserName: 'ann' })).toBe(
      'NoSuchEntityException: The user with name ann cannot be found.',
    );
    expect(await iam.refusal('DeleteAccessKey', { AccessKeyId: 'AKIAX' })).toBe(
      'NoSuchEntityException: The Access Key with id AKIAX cannot be found.',
    );
  });

  test('[IAM-13] without a name it is the caller', async () => {
    const iam = await withUser();
    const ann: Caller = {
      kind: 'user',
      accountId: '123456789012',
      arn: 'arn:aws:iam::123456789012:user/ann',
      userId: 'AIDAA',
      accessKeyId: 'AKIAA',
    };
    expect((await iam.call('GetUser', {}, ann)).User?.UserName).toBe('ann');
    expect((await iam.call('GetUser', {})).User?.Arn).toBe('arn:aws:iam::123456789012:root');
    await expect(iam.call('GetUser', {}, { ...ann, kind: 'assumed-role' })).rejects.toMatchObject({
      message: 'Must specify userName when calling with non-User credentials',
    });
  });

  test('[IAM-5] have policies as roles have', async () => {
    const iam = await withUser();
    await iam.call('AttachUserPolicy', { UserName: 'ann', PolicyArn: EXECUTION_POLICY });
    await iam.call('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: POLICY });
    expect((await iam.call('ListUserPolicies', { UserName: 'ann' })).PolicyNames).toEqual(['p']);
    const { PolicyUsers } = await iam.call('ListEntitiesForPolicy', { PolicyArn: EXECUTION_POLICY });
    expect(PolicyUsers?.map((user) => user.UserName)).toEqual(['ann']);
    expect((await iam.call('ListGroupsForUser', { UserName: 'ann' })).Groups).toEqual([]);
    expect((await iam.call('ListUsers', {})).Users?.map((user) => user.UserName)).toEqual([
      'ann',
      'gantry-host',
    ]);
  });
});
