import { describe, expect, test } from 'vitest';
import { findCredentials } from '../../records/identity.ts';
import type { EntityType, IamOperations } from '../../shapes/generated/iam.ts';
import { anIam, type Iam } from './testing.ts';

type Details = IamOperations['GetAccountAuthorizationDetails']['output'];

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ecs:List*', Resource: '*' }],
});

async function withThings(): Promise<Iam> {
  const iam = await anIam();
  await iam.call('CreateUser', { UserName: 'ann' });
  await iam.call('PutUserPolicy', { UserName: 'ann', PolicyName: 'own', PolicyDocument: POLICY });
  await iam.call('CreateGroup', { GroupName: 'crew' });
  await iam.call('AddUserToGroup', { GroupName: 'crew', UserName: 'ann' });
  const trust = POLICY.replace(
    '"Action":"ecs:List*","Resource":"*"',
    '"Action":"sts:AssumeRole","Principal":"*"',
  );
  await iam.call('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: trust });
  await iam.call('CreatePolicy', { PolicyName: 'shared', PolicyDocument: POLICY });
  return iam;
}

describe('the account', () => {
  test('[IAM-20] has one alias, which a new one replaces', async () => {
    const { call, refusal } = await anIam();
    const aliases = async () => (await call('ListAccountAliases', {})).AccountAliases;
    expect(await aliases()).toEqual([]);
    await call('CreateAccountAlias', { AccountAlias: 'acme' });
    expect(await refusal('CreateAccountAlias', { AccountAlias: 'acme' })).toBe(
      'EntityAlreadyExistsException: The account alias acme already exists.',
    );
    await call('CreateAccountAlias', { AccountAlias: 'acme-2' });
    expect(await aliases()).toEqual(['acme-2']);
    expect(await refusal('DeleteAccountAlias', { AccountAlias: 'acme' })).toMatch(/^NoSuchEntityException: /);
    await call('DeleteAccountAlias', { AccountAlias: 'acme-2' });
    expect(await aliases()).toEqual([]);
  });

  test.each(['ab', 'Acme', '-acme', 'acme-', 'a--b', 'a'.repeat(64)])(
    '[IAM-20] cannot be called %s',
    async (AccountAlias) => {
      const { refusal } = await anIam();
      expect(await refusal('CreateAccountAlias', { AccountAlias })).toMatch(
        /^ValidationError: .*accountAlias/,
      );
    },
  );

  test.each(['abc', 'a-b', '123', 'a'.repeat(63)])('[IAM-20] can be called %s', async (AccountAlias) => {
    const { call } = await anIam();
    await call('CreateAccountAlias', { AccountAlias });
    expect((await call('ListAccountAliases', {})).AccountAliases).toEqual([AccountAlias]);
  });

  test('[IAM-22] is summed up', async () => {
    const { call } = await withThings();
    const { SummaryMap } = await call('GetAccountSummary', {});
    // The host's user is there from the first start.
    expect(SummaryMap).toMatchObject({ Users: 2, Groups: 1, Roles: 1, Policies: 1, UsersQuota: 5000 });
    expect(SummaryMap?.['AccountAccessKeysPresent']).toBe(1);
  });

  test('[IAM-22] is told in full by getAccountAuthorizationDetails, page by page as in one', async () => {
    const { call } = await withThings();
    const Filter: readonly EntityType[] = ['User', 'Group', 'Role', 'LocalManagedPolicy'];
    const whole = await call('GetAccountAuthorizationDetails', { Filter });
    expect(whole.IsTruncated).toBe(false);
    expect(whole.UserDetailList?.[0]).toMatchObject({
      UserName: 'ann',
      GroupList: ['crew'],
      UserPolicyList: [
        { PolicyName: 'own', PolicyDocument: encodeURIComponent(POLICY).replaceAll('*', '%2A') },
      ],
    });
    expect(whole.RoleDetailList).toMatchObject([{ RoleName: 'app', RolePolicyList: [] }]);
    expect(whole.Policies).toMatchObject([
      { PolicyName: 'shared', PolicyVersionList: [{ VersionId: 'v1', IsDefaultVersion: true }] },
    ]);
    const pages: Details[] = [];
    for (let Marker: string | undefined, isMore = true; isMore; ) {
      const page = await call('GetAccountAuthorizationDetails', { Filter, MaxItems: 1, Marker });
      pages.push(page);
      Marker = page.Marker;
      isMore = page.IsTruncated === true;
    }
    expect(pages).toHaveLength(5);
    for (const list of ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'] as const) {
      expect(pages.flatMap((page): readonly object[] => page[list] ?? [])).toEqual(whole[list]);
    }
    const all = await call('GetAccountAuthorizationDetails', {});
    expect(all.Policies?.some(({ Arn }) => Arn?.startsWith('arn:aws:iam::aws:policy/'))).toBe(true);
  });
});

describe('UpdateUser', () => {
  test('[IAM-21] renames, and keys and groups follow', async () => {
    const { context, call, refusal } = await withThings();
    const { AccessKey } = await call('CreateAccessKey', { UserName: 'ann' });
    await call('CreateUser', { UserName: 'bob' });
    expect(await refusal('UpdateUser', { UserName: 'ann', NewUserName: 'BOB' })).toBe(
      'EntityAlreadyExistsException: User with name BOB already exists.',
    );
    await call('UpdateUser', { UserName: 'ann', NewUserName: 'Anna', NewPath: '/team/' });
    const arn = 'arn:aws:iam::123456789012:user/team/Anna';
    expect(await call('GetUser', { UserName: 'anna' })).toMatchObject({ User: { Arn: arn } });
    expect(await refusal('GetUser', { UserName: 'ann' })).toMatch(/^NoSuchEntityException: /);
    expect(await call('GetGroup', { GroupName: 'crew' })).toMatchObject({ Users: [{ UserName: 'Anna' }] });
    const id = AccessKey?.AccessKeyId ?? '';
    const found = context.store.read((tx) => findCredentials(tx, id, context.clock.now()));
    expect(found?.caller).toMatchObject({ kind: 'user', arn });
    expect(await call('ListAccessKeys', { UserName: 'Anna' })).toMatchObject({
      AccessKeyMetadata: [{ UserName: 'Anna', AccessKeyId: id }],
    });
  });
});
