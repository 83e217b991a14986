import { describe, expect, test } from 'vitest';
import { bootstrapAccount } from '../../records/identity.ts';
import type { IamOperations } from '../../shapes/generated/iam.ts';
import type { Operation } from '../operation.ts';
import { aContext } from '../testing.ts';
import { iamOperations } from './operations.ts';

const ANN = 'arn:aws:iam::123456789012:user/ann';

const documentOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string, Resource = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

async function anIam() {
  const context = await aContext();
  const { store, ids, installation, clock } = context;
  await store.write((tx) => bootstrapAccount(tx, { ids, installation, now: clock.now() }));
  const call = async <Name extends keyof IamOperations>(
    name: Name,
    input: IamOperations[Name]['input'],
  ): Promise<IamOperations[Name]['output']> =>
    (iamOperations[name] as Operation<typeof input, IamOperations[Name]['output']>)(context, input);
  const refusal = async <Name extends keyof IamOperations>(name: Name, input: IamOperations[Name]['input']) =>
    call(name, input).then(
      () => 'no refusal',
      (error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`,
    );
  return { call, refusal };
}

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

  test('[IAM-17] weighs the given context and names what is missing', async () => {
    const ContextEntries = [
      { ContextKeyName: 'S3:prefix', ContextKeyType: 'string' as const, ContextKeyValues: ['a'] },
    ];
    expect(await simulate({ ContextEntries })).toMatchObject({
      EvalDecision: 'allowed',
      MissingContextValues: [],
    });
    expect(await simulate({})).toMatchObject({
      EvalDecision: 'implicitDeny',
      MissingContextValues: ['s3:prefix'],
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
