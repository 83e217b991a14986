import { describe, expect, test } from 'vitest';
import type { IamOperations } from '../../shapes/generated/iam.ts';
import { anIam } from './testing.ts';

const ANN = 'arn:aws:iam::123456789012:user/ann';

const documentOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const variable = (name: string): string => `\${${name}}`;
const allow = (Action: string, Resource = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

describe('SimulatePrincipalPolicy', () => {
  test('[IAM-17] decides on each action and resource by the policies of a user and its groups', async () => {
    const { call } = await anIam();
    await call('CreateUser', { UserName: 'ann' });
    await call('CreateGroup', { GroupName: 'g' });
    await call('AddUserToGroup', { GroupName: 'g', UserName: 'ann' });
    const [a, b] = [
      'arn:aws:ecs:us-east-1:123456789012:cluster/a',
      'arn:aws:ecs:us-east-1:123456789012:cluster/b',
    ];
    await call('PutUserPolicy', {
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: documentOf(allow('ecs:DescribeClusters', a)),
    });
    await call('PutGroupPolicy', {
      GroupName: 'g',
      PolicyName: 'p',
      PolicyDocument: documentOf({ ...allow('ecs:DeleteCluster'), Effect: 'Deny' }),
    });
    const { EvaluationResults = [] } = await call('SimulatePrincipalPolicy', {
      PolicySourceArn: ANN,
      ActionNames: ['ecs:DescribeClusters', 'ecs:DeleteCluster'],
      ResourceArns: [a ?? '', b ?? ''],
    });
    expect(
      EvaluationResults.map((result) => [
        result.EvalActionName,
        result.EvalResourceName,
        result.EvalDecision,
      ]),
    ).toEqual([
      ['ecs:DescribeClusters', a, 'allowed'],
      ['ecs:DescribeClusters', b, 'implicitDeny'],
      ['ecs:DeleteCluster', a, 'explicitDeny'],
      ['ecs:DeleteCluster', b, 'explicitDeny'],
    ]);
    const group = {
      PolicySourceArn: 'arn:aws:iam::123456789012:group/g',
      ActionNames: ['ecs:DeleteCluster'],
    };
    expect((await call('SimulatePrincipalPolicy', group)).EvaluationResults?.[0]?.EvalDecision).toBe(
      'explicitDeny',
    );
    const more = {
      PolicySourceArn: ANN,
      ActionNames: ['s3:GetObject'],
      PolicyInputList: [documentOf(allow('s3:*'))],
    };
    expect((await call('SimulatePrincipalPolicy', more)).EvaluationResults?.[0]?.EvalDecision).toBe(
      'allowed',
    );
  });

  test('[IAM-17] refusals', async () => {
    const { refusal } = await anIam();
    const ActionNames = ['s3:GetObject'];
    expect(await refusal('SimulatePrincipalPolicy', { PolicySourceArn: ANN, ActionNames })).toBe(
      'NoSuchEntityException: The user with name ann cannot be found.',
    );
    expect(await refusal('SimulateCustomPolicy', { PolicyInputList: ['{'], ActionNames })).toContain(
      'MalformedPolicyDocument',
    );
  });
});

describe('SimulateCustomPolicy', () => {
  const simulate = async (input: Partial<IamOperations['SimulateCustomPolicy']['input']>) => {
    const { call } = await anIam();
    const answer = await call('SimulateCustomPolicy', {
      PolicyInputList: [
        documentOf(allow('s3:*', '*', { Condition: { StringEquals: { 's3:Prefix': 'a' } } })),
      ],
      ActionNames: ['s3:ListBucket'],
      ...input,
    });
    return answer.EvaluationResults?.[0];
  };

  test('[IAM-24] weighs the given context and names what is missing', async () => {
    const ContextEntries = [
      { ContextKeyName: 'S3:prefix', ContextKeyType: 'string' as const, ContextKeyValues: ['a'] },
    ];
    expect(await simulate({ ContextEntries })).toMatchObject({
      EvalDecision: 'allowed',
      MissingContextValues: [],
    });
    expect(await simulate({})).toMatchObject({
      EvalDecision: 'implicitDeny',
      MissingContextValues: ['s3:Prefix'],
    });
  });

  test('[IAM-17] weighs a boundary and a resource policy', async () => {
    const PolicyInputList = [documentOf(allow('s3:*'))];
    const PermissionsBoundaryPolicyInputList = [documentOf(allow('s3:Get*'))];
    expect(await simulate({ PolicyInputList, PermissionsBoundaryPolicyInputList })).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: { AWS: ANN }, Action: 's3:*', Resource: '*' }],
    });
    expect(await simulate({ PolicyInputList, ResourcePolicy, CallerArn: ANN })).toMatchObject({
      EvalDecision: 'explicitDeny',
    });
    expect(await simulate({ PolicyInputList, ResourcePolicy })).toMatchObject({ EvalDecision: 'allowed' });
  });
});

describe('MatchedStatements', () => {
  const at = (Column: number, Line = 1) => ({ Line, Column });
  const open = '{"Version":"2012-10-17","Statement":['.length + 1;

  test('[IAM-23] name policies of the user, of its groups, managed ones and those of the request', async () => {
    const { call } = await anIam();
    await call('CreateUser', { UserName: 'ann' });
    await call('CreateGroup', { GroupName: 'g' });
    await call('AddUserToGroup', { GroupName: 'g', UserName: 'ann' });
    const statement = allow('ecs:ListClusters');
    const end = open + JSON.stringify(statement).length;
    const PolicyDocument = documentOf(statement);
    await call('PutUserPolicy', { UserName: 'ann', PolicyName: 'own', PolicyDocument });
    await call('PutGroupPolicy', { GroupName: 'g', PolicyName: 'theirs', PolicyDocument });
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await call('AttachUserPolicy', { UserName: 'ann', PolicyArn });
    const { EvaluationResults = [] } = await call('SimulatePrincipalPolicy', {
      PolicySourceArn: ANN,
      PolicyInputList: [documentOf(allow('s3:*'), statement)],
      ActionNames: ['ecs:ListClusters'],
    });
    const before = open + JSON.stringify(allow('s3:*')).length;
    const matched = (SourcePolicyId: string, start: object, stop: object) => ({
      SourcePolicyId,
      SourcePolicyType: 'IAM Policy',
      StartPosition: start,
      EndPosition: stop,
    });
    expect(EvaluationResults).toMatchObject([
      {
        EvalDecision: 'allowed',
        EvalResourceName: '*',
        MatchedStatements: [
          matched('user_ann_own', at(open), at(end)),
          matched('AdministratorAccess', at(19, 3), at(10, 8)),
          matched('group_g_theirs', at(open), at(end)),
          matched('PolicyInputList.1', at(before), at(before + 1 + JSON.stringify(statement).length)),
        ],
        ResourceSpecificResults: undefined,
        EvalDecisionDetails: undefined,
      },
    ]);
  });

  test('[IAM-23] denials stand alone, and a boundary is among them only when it denies', async () => {
    const { call } = await anIam();
    const deny = (Action: string) => ({ ...allow(Action), Effect: 'Deny' });
    const { EvaluationResults = [] } = await call('SimulateCustomPolicy', {
      PolicyInputList: [documentOf(allow('s3:*'), deny('s3:DeleteObject'))],
      PermissionsBoundaryPolicyInputList: [documentOf(allow('s3:*'), deny('s3:Put*'))],
      ActionNames: ['s3:GetObject', 's3:DeleteObject', 's3:PutObject', 'ecs:RunTask'],
    });
    expect(
      EvaluationResults.map(({ EvalDecision, MatchedStatements = [] }) => [
        EvalDecision,
        MatchedStatements.map(({ SourcePolicyId, SourcePolicyType, StartPosition }) => [
          SourcePolicyId,
          SourcePolicyType,
          StartPosition?.Column,
        ]),
      ]),
    ).toEqual([
      ['allowed', [['PolicyInputList.1', 'IAM Policy', open]]],
      ['explicitDeny', [['PolicyInputList.1', 'IAM Policy', open + JSON.stringify(allow('s3:*')).length]]],
      [
        'explicitDeny',
        [
          [
            'PermissionsBoundaryPolicyInputList.1',
            'Permissions Boundary Policy',
            open + JSON.stringify(allow('s3:*')).length,
          ],
        ],
      ],
      ['implicitDeny', []],
    ]);
  });

  test('[IAM-23] another account: what each kind of policy says, and the statement that did not suffice', async () => {
    const { call } = await anIam();
    const ResourceArns = ['arn:aws:s3:::mary/Test'];
    const ask = {
      PolicyInputList: [documentOf(allow('iam:*'))],
      PermissionsBoundaryPolicyInputList: [documentOf(allow('iam:*'))],
      ActionNames: ['s3:PutObject'],
      CallerArn: ANN,
      ResourceArns,
      ResourcePolicy: documentOf({
        ...allow('s3:Put*', 'arn:aws:s3:::mary/*'),
        Principal: { AWS: ANN },
      }),
    };
    const foreign = { ...ask, ResourceOwner: 'arn:aws:iam::444455556666:root' };
    const details = {
      'IAM Policy': 'implicitDeny',
      'Resource Policy': 'allowed',
      'Permissions Boundary Policy': 'implicitDeny',
    };
    const PermissionsBoundaryDecisionDetail = { AllowedByPermissionsBoundary: false };
    expect((await call('SimulateCustomPolicy', foreign)).EvaluationResults).toMatchObject([
      {
        EvalDecision: 'implicitDeny',
        EvalDecisionDetails: details,
        MatchedStatements: [],
        PermissionsBoundaryDecisionDetail,
        ResourceSpecificResults: [
          {
            EvalResourceName: ResourceArns[0],
            EvalResourceDecision: 'implicitDeny',
            EvalDecisionDetails: details,
            MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'Resource Policy' }],
            PermissionsBoundaryDecisionDetail,
          },
        ],
      },
    ]);
    expect((await call('SimulateCustomPolicy', ask)).EvaluationResults).toMatchObject([
      {
        EvalDecision: 'allowed',
        EvalDecisionDetails: {},
        MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy' }],
        ResourceSpecificResults: [{ EvalResourceDecision: 'allowed', EvalDecisionDetails: {} }],
      },
    ]);
  });

  test('[IAM-24] every key that is missing is named once, as written, of statements on the action', async () => {
    const { call } = await anIam();
    const { EvaluationResults } = await call('SimulateCustomPolicy', {
      PolicyInputList: [
        documentOf(
          allow('s3:GetObject', `arn:aws:s3:::b/${variable('aws:PrincipalTag/Team')}/*`, {
            Condition: {
              StringEquals: {
                's3:ExistingObjectTag/A': 'x',
                's3:VersionId': variable("aws:SourceVpc, 'none'"),
              },
              Bool: { 'aws:MultiFactorAuthPresent': 'true', 'AWS:SecureTransport': 'true' },
            },
          }),
          allow('s3:GetObject', '*', { Condition: { Bool: { 'aws:multifactorauthpresent': 'true' } } }),
          allow('s3:PutObject', '*', { Condition: { StringEquals: { 's3:x-amz-acl': 'private' } } }),
        ),
      ],
      ActionNames: ['s3:GetObject'],
      ResourceArns: ['arn:aws:s3:::b/x'],
    });
    const MissingContextValues = [
      's3:ExistingObjectTag/A',
      's3:VersionId',
      'aws:MultiFactorAuthPresent',
      'aws:PrincipalTag/Team',
    ];
    expect(EvaluationResults).toMatchObject([
      { MissingContextValues, ResourceSpecificResults: [{ MissingContextValues }] },
    ]);
  });
});

describe('instance profiles', () => {
  test('[IAM-16] hold one role', async () => {
    const { call, refusal } = await anIam();
    const InstanceProfileName = 'Hosts';
    const trust = documentOf({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    await call('CreateRole', { RoleName: 'host', AssumeRolePolicyDocument: trust });
    const { InstanceProfile } = await call('CreateInstanceProfile', { InstanceProfileName });
    expect(InstanceProfile).toMatchObject({
      InstanceProfileId: expect.stringMatching(/^AIPA/),
      Arn: 'arn:aws:iam::123456789012:instance-profile/Hosts',
      Roles: [],
    });
    expect(await refusal('CreateInstanceProfile', { InstanceProfileName: 'hosts' })).toBe(
      'EntityAlreadyExistsException: Instance Profile hosts already exists.',
    );
    await call('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'HOST' });
    expect(await refusal('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'host' })).toBe(
      'LimitExceededException: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    );
    expect(await call('GetInstanceProfile', { InstanceProfileName })).toMatchObject({
      InstanceProfile: { Roles: [{ RoleName: 'host' }] },
    });
    for (const listing of [
      await call('ListInstanceProfiles', {}),
      await call('ListInstanceProfilesForRole', { RoleName: 'host' }),
    ]) {
      expect(listing).toMatchObject({ InstanceProfiles: [{ InstanceProfileName }] });
    }
    const busy =
      'DeleteConflictException: Cannot delete entity, must remove roles from instance profile first.';
    expect(await refusal('DeleteRole', { RoleName: 'host' })).toBe(busy);
    expect(await refusal('DeleteInstanceProfile', { InstanceProfileName })).toBe(busy);
    await call('RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName: 'host' });
    expect(
      await refusal('RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName: 'host' }),
    ).toContain('NoSuchEntity');
    await call('TagInstanceProfile', { InstanceProfileName, Tags: [{ Key: 'a', Value: 'b' }] });
    expect(await call('ListInstanceProfileTags', { InstanceProfileName })).toMatchObject({
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    await call('UntagInstanceProfile', { InstanceProfileName, TagKeys: ['a'] });
    await call('DeleteInstanceProfile', { InstanceProfileName });
    await call('DeleteRole', { RoleName: 'host' });
    expect(await refusal('GetInstanceProfile', { InstanceProfileName })).toBe(
      'NoSuchEntityException: Instance Profile Hosts cannot be found.',
    );
  });
});
