import { describe, expect, test } from 'vitest';
import { bootstrapAccount } from '../../records/identity.ts';
import type { IamOperations } from '../../shapes/generated/iam.ts';
import { createAuthorizer } from '../authorize.ts';
import type { Operation } from '../operation.ts';
import { aContext } from '../testing.ts';
import { iamOperations } from './operations.ts';

const ACCOUNT_ID = '123456789012';
const READ_ONLY = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ecs:List*', Resource: '*' }],
});

async function withUser() {
  const context = await aContext();
  const { store, ids, installation, clock } = context;
  await store.write((tx) => bootstrapAccount(tx, { ids, installation, now: clock.now() }));
  const call = async <Name extends keyof IamOperations>(
    name: Name,
    input: IamOperations[Name]['input'],
  ): Promise<IamOperations[Name]['output']> => {
    const operation = iamOperations[name] as Operation<typeof input, IamOperations[Name]['output']>;
    return operation(context, input);
  };
  const refusal = async <Name extends keyof IamOperations>(name: Name, input: IamOperations[Name]['input']) =>
    call(name, input).then(
      () => 'no refusal',
      (error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`,
    );
  /** Whether ann may list clusters. */
  const mayList = (): boolean => {
    const arn = `arn:aws:iam::${ACCOUNT_ID}:user/ann`;
    const caller = { kind: 'user', accountId: ACCOUNT_ID, arn, userId: 'AIDA', accessKeyId: 'AKIA' } as const;
    try {
      createAuthorizer(context).authorize({ caller }, 'ecs:ListClusters', {});
      return true;
    } catch {
      return false;
    }
  };
  await call('CreateUser', { UserName: 'ann' });
  return { call, refusal, mayList };
}

describe('groups', () => {
  test('[IAM-15] give their users what their policies allow, while they are in them', async () => {
    const { call, mayList } = await withUser();
    const { Group } = await call('CreateGroup', { GroupName: 'Devs', Path: '/team/' });
    expect(Group).toMatchObject({
      GroupId: expect.stringMatching(/^AGPA/),
      Arn: `arn:aws:iam::${ACCOUNT_ID}:group/team/Devs`,
    });
    await call('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'p', PolicyDocument: POLICY });
    expect(mayList()).toBe(false);
    await call('AddUserToGroup', { GroupName: 'DEVS', UserName: 'ann' });
    await call('AddUserToGroup', { GroupName: 'Devs', UserName: 'ann' });
    expect(mayList()).toBe(true);
    expect(await call('GetGroup', { GroupName: 'devs' })).toMatchObject({ Users: [{ UserName: 'ann' }] });
    expect(await call('ListGroupsForUser', { UserName: 'ann' })).toMatchObject({
      Groups: [{ GroupName: 'Devs' }],
    });
    await call('UpdateGroup', { GroupName: 'devs', NewGroupName: 'crew', NewPath: '/' });
    expect(mayList()).toBe(true);
    expect(await call('ListGroups', {})).toMatchObject({
      Groups: [{ Arn: `arn:aws:iam::${ACCOUNT_ID}:group/crew` }],
    });
    await call('RemoveUserFromGroup', { GroupName: 'crew', UserName: 'ann' });
    expect(mayList()).toBe(false);
  });

  test('[IAM-15] have managed and inline policies like users', async () => {
    const { call } = await withUser();
    const GroupName = 'g';
    await call('CreateGroup', { GroupName });
    await call('AttachGroupPolicy', { GroupName, PolicyArn: READ_ONLY });
    await call('PutGroupPolicy', { GroupName, PolicyName: 'p', PolicyDocument: POLICY });
    expect(await call('ListAttachedGroupPolicies', { GroupName })).toMatchObject({
      AttachedPolicies: [{ PolicyArn: READ_ONLY }],
    });
    expect(await call('ListGroupPolicies', { GroupName })).toMatchObject({ PolicyNames: ['p'] });
    const { PolicyDocument = '' } = await call('GetGroupPolicy', { GroupName, PolicyName: 'p' });
    expect(decodeURIComponent(PolicyDocument)).toBe(POLICY);
    expect(await call('ListEntitiesForPolicy', { PolicyArn: READ_ONLY })).toMatchObject({
      PolicyGroups: [{ GroupName: 'g' }],
    });
    await call('DeleteGroupPolicy', { GroupName, PolicyName: 'p' });
    await call('DetachGroupPolicy', { GroupName, PolicyArn: READ_ONLY });
    await call('DeleteGroup', { GroupName });
    expect((await call('ListGroups', {})).Groups).toEqual([]);
  });

  test('[IAM-15] refusals', async () => {
    const { call, refusal } = await withUser();
    await call('CreateGroup', { GroupName: 'g' });
    await call('AddUserToGroup', { GroupName: 'g', UserName: 'ann' });
    expect(await refusal('CreateGroup', { GroupName: 'G' })).toBe(
      'EntityAlreadyExistsException: Group with name G already exists.',
    );
    expect(await refusal('GetGroup', { GroupName: 'x' })).toBe(
      'NoSuchEntityException: The group with name x cannot be found.',
    );
    const busy = 'DeleteConflictException: Cannot delete entity, must remove users from group first.';
    expect(await refusal('DeleteGroup', { GroupName: 'g' })).toBe(busy);
    expect(await refusal('DeleteUser', { UserName: 'ann' })).toBe(busy);
    await call('RemoveUserFromGroup', { GroupName: 'g', UserName: 'ann' });
    for (let count = 0; count < 10; count += 1) {
      await call('CreateGroup', { GroupName: `g${count}` });
      await call('AddUserToGroup', { GroupName: `g${count}`, UserName: 'ann' });
    }
    expect(await refusal('AddUserToGroup', { GroupName: 'g', UserName: 'ann' })).toBe(
      'LimitExceededException: Cannot exceed quota for GroupsPerUser: 10',
    );
  });
});

describe('the boundary of a user', () => {
  test('[IAM-15] limits it, and its policy cannot be deleted', async () => {
    const { call, refusal, mayList } = await withUser();
    await call('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: POLICY });
    expect(mayList()).toBe(true);
    const { Policy } = await call('CreatePolicy', {
      PolicyName: 'b',
      PolicyDocument: POLICY.replace('ecs:List*', 'ecr:*'),
    });
    const PermissionsBoundary = Policy?.Arn ?? '';
    await call('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary });
    expect(mayList()).toBe(false);
    expect(await call('GetUser', { UserName: 'ann' })).toMatchObject({
      User: { PermissionsBoundary: { PermissionsBoundaryArn: PermissionsBoundary } },
    });
    expect(await call('ListEntitiesForPolicy', { PolicyArn: PermissionsBoundary })).toMatchObject({
      PolicyUsers: [{ UserName: 'ann' }],
    });
    expect(await refusal('DeletePolicy', { PolicyArn: PermissionsBoundary })).toContain('DeleteConflict');
    await call('DeleteUserPermissionsBoundary', { UserName: 'ann' });
    expect(mayList()).toBe(true);
    const unknown = `arn:aws:iam::${ACCOUNT_ID}:policy/gone`;
    expect(await refusal('CreateUser', { UserName: 'bob', PermissionsBoundary: unknown })).toBe(
      `NoSuchEntityException: Scope ARN: ${unknown} does not exist or is not attachable.`,
    );
  });
});
