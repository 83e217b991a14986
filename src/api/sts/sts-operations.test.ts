import { describe, expect, test } from 'vitest';
import type { Caller } from '../../domain/caller.ts';
import type { Role } from '../../domain/identity.ts';
import { plusMs } from '../../lib/clock.ts';
import { roles } from '../../records/collections.ts';
import { bootstrapAccount, findCredentials } from '../../records/identity.ts';
import type { AssumeRoleRequest } from '../../shapes/generated/sts.ts';
import { aContext, type TestContext } from '../testing.ts';
import { assumeRole } from './assume-role.ts';
import { getAccessKeyInfo } from './get-access-key-info.ts';
import { getCallerIdentity } from './get-caller-identity.ts';
import { getSessionToken } from './get-session-token.ts';

const RoleArn = 'arn:aws:iam::123456789012:role/app/deploy';
const input: AssumeRoleRequest = { RoleArn, RoleSessionName: 'run-1' };

async function withRole(
  trust: object = { Principal: { AWS: '123456789012' } },
  overrides: Partial<Role> = {},
) {
  const context = await aContext();
  const { store, ids, installation, clock } = context;
  await store.write((tx) => {
    bootstrapAccount(tx, { ids, installation, now: clock.now() });
    tx.put(roles, {
      roleName: 'deploy',
      roleId: 'AROAAAAAAAAAAAAAAAAAA',
      arn: RoleArn,
      path: '/app/',
      createdAt: clock.now(),
      maxSessionDurationSeconds: 7200,
      assumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...trust }],
      }),
      inlinePolicies: {},
      attachedPolicyArns: [],
      tags: [],
      ...overrides,
    });
  });
  return context;
}

const chained: Caller = {
  kind: 'assumed-role',
  accountId: '123456789012',
  arn: 'arn:aws:sts::123456789012:assumed-role/ci/x',
  userId: 'AROAB:x',
  accessKeyId: 'ASIAB',
  roleArn: 'arn:aws:iam::123456789012:role/ci',
};

/** Who a key of this context is. */
function callerOf({ store, clock }: TestContext, accessKeyId = ''): Caller {
  const found = store.read((tx) => findCredentials(tx, accessKeyId, clock.now()));
  if (found === undefined) throw new Error('the key is not known');
  return found.caller;
}

const message = (work: unknown) => expect(Promise.resolve(work)).rejects;

describe('AssumeRole', () => {
  test('[STS-1] gives credentials that are the role under the session name, until they expire', async () => {
    const context = await withRole();
    const { clock, store } = context;
    const answer = await assumeRole(context, { ...input, DurationSeconds: 900 });
    const { Credentials } = answer;
    expect(answer.AssumedRoleUser).toEqual({
      AssumedRoleId: 'AROAAAAAAAAAAAAAAAAAA:run-1',
      Arn: 'arn:aws:sts::123456789012:assumed-role/deploy/run-1',
    });
    expect(Credentials).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      Expiration: plusMs(clock.now(), 900_000),
    });
    const found = store.read((tx) => findCredentials(tx, Credentials?.AccessKeyId ?? '', clock.now()));
    expect(found).toMatchObject({
      secretAccessKey: Credentials?.SecretAccessKey,
      sessionToken: Credentials?.SessionToken,
      caller: { kind: 'assumed-role', roleArn: RoleArn, arn: answer.AssumedRoleUser?.Arn },
    });
  });

  const denied = `User: arn:aws:iam::123456789012:root is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;

  test.each([
    ['a role that trusts somebody else', { Principal: { AWS: '999999999999' } }, input, denied],
    ['a role that trusts a service', { Principal: { Service: 'ecs-tasks.amazonaws.com' } }, input, denied],
    [
      'an explicit denial',
      { Effect: 'Deny', Principal: '*' },
      input,
      `${denied} with an explicit deny in the role trust policy`,
    ],
    [
      'the wrong external id',
      { Principal: '*', Condition: { StringEquals: { 'sts:ExternalId': 'abc' } } },
      { ...input, ExternalId: 'abd' },
      denied,
    ],
    [
      'a condition that cannot be weighed',
      { Principal: '*', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
      input,
      `${denied} because the condition Bool aws:MultiFactorAuthPresent in the role trust policy is not supported yet`,
    ],
    [
      'an unknown role',
      { Principal: '*' },
      { ...input, RoleArn: 'arn:aws:iam::123456789012:role/deploy' },
      denied.replace('role/app/deploy', 'role/deploy'),
    ],
  ] as const)('[IAM-7] [STS-5] %s is refused', async (_name, trust, request, text) => {
    await message(assumeRole(await withRole(trust), request)).toMatchObject({
      code: 'AccessDenied',
      message: text,
    });
  });

  test('[IAM-7] the right external id lets in', async () => {
    const context = await withRole({
      Principal: '*',
      Condition: { StringEquals: { 'sts:ExternalId': 'abc' } },
    });
    expect((await assumeRole(context, { ...input, ExternalId: 'abc' })).Credentials).toBeDefined();
  });

  test.each([
    { caller: undefined, seconds: 7200, text: undefined },
    {
      caller: undefined,
      seconds: 7201,
      text: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    },
    { caller: chained, seconds: 3600, text: undefined },
    {
      caller: chained,
      seconds: 3601,
      text: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    },
  ])('[STS-1] $seconds seconds: $text', async ({ caller, seconds, text }) => {
    const context = await withRole();
    const signed: TestContext = caller === undefined ? context : { ...context, caller };
    const assuming = Promise.resolve(assumeRole(signed, { ...input, DurationSeconds: seconds }));
    if (text === undefined) await expect(assuming).resolves.toBeDefined();
    else await expect(assuming).rejects.toMatchObject({ code: 'ValidationError', message: text });
  });

  test.each([
    [
      { RoleArn: 'arn:aws:iam::123456789012:user/deploy' },
      'arn:aws:iam::123456789012:user/deploy is invalid',
    ],
    [{ SerialNumber: 'me' }, 'SerialNumber is not supported yet.'],
    [
      { PolicyArns: [{ arn: 'arn:aws:iam::123456789012:policy/gone' }] },
      'Policy arn:aws:iam::123456789012:policy/gone does not exist or is not attachable.',
    ],
    [
      { TransitiveTagKeys: ['a'] },
      'The specified transitive tag key must be included in the requested tags.',
    ],
    [
      {
        Tags: [
          { Key: 'a', Value: 'b' },
          { Key: 'A', Value: 'c' },
        ],
      },
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ],
  ])('[STS-1] %j is refused by name', async (members, text) => {
    await message(assumeRole(await withRole(), { ...input, ...members })).toMatchObject({
      code: 'ValidationError',
      message: text,
    });
  });

  test('[STS-6] a session policy must be one, and fit', async () => {
    const statement = { Effect: 'Allow', Action: 'ecs:*', Resource: '*' };
    const policy = (more: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: { ...statement, ...more } });
    const context = await withRole();
    await message(assumeRole(context, { ...input, Policy: '{}' })).toMatchObject({
      code: 'MalformedPolicyDocumentException',
    });
    const long = { ...input, Policy: policy({ Resource: `arn:aws:ecs:::${'x'.repeat(5_000)}` }) };
    await message(assumeRole(context, long)).toMatchObject({ code: 'PackedPolicyTooLargeException' });
    const { PackedPolicySize } = await assumeRole(context, { ...input, Policy: policy({}) });
    expect(PackedPolicySize).toBe(3);
  });

  test('[STS-6] transitive tags and the source identity go on to the next session', async () => {
    const context = await withRole();
    const Tags = [
      { Key: 'team', Value: 'red' },
      { Key: 'job', Value: '1' },
    ];
    const first = await assumeRole(context, {
      ...input,
      Tags,
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'ann',
    });
    const caller = callerOf(context, first.Credentials?.AccessKeyId);
    expect(caller.session?.tags).toHaveLength(2);
    const next = await assumeRole({ ...context, caller }, input);
    expect(callerOf(context, next.Credentials?.AccessKeyId).session).toMatchObject({
      tags: [{ key: 'team', value: 'red' }],
      transitiveTagKeys: ['team'],
      sourceIdentity: 'ann',
    });
    const again = { ...input, Tags: [{ Key: 'Team', Value: 'blue' }] };
    await message(assumeRole({ ...context, caller }, again)).toMatchObject({
      message: expect.stringContaining('conflicts with a transitive tag key'),
    });
  });

  test('[STS-1] empty members are taken', async () => {
    const context = await withRole();
    const empty = { Policy: '', PolicyArns: [], Tags: [], MinimumSessionTokenSize: 0 };
    expect((await assumeRole(context, { ...input, ...empty })).Credentials).toBeDefined();
  });
});

describe('the other operations', () => {
  test('[STS-2] GetCallerIdentity answers who signs', async () => {
    const context = await aContext();
    expect(getCallerIdentity({ ...context, caller: chained }, {})).toEqual({
      UserId: 'AROAB:x',
      Account: '123456789012',
      Arn: 'arn:aws:sts::123456789012:assumed-role/ci/x',
    });
  });

  test('[STS-3] GetSessionToken: root for an hour at most, sessions not at all', async () => {
    const context = await withRole();
    const { Credentials } = await getSessionToken(context, {});
    expect(Credentials?.Expiration).toBe(plusMs(context.clock.now(), 3_600_000));
    const found = context.store.read((tx) =>
      findCredentials(tx, Credentials?.AccessKeyId ?? '', context.clock.now()),
    );
    expect(found?.caller.kind).toBe('root');
    await message(
      Promise.resolve().then(() => getSessionToken({ ...context, caller: chained }, {})),
    ).toMatchObject({ message: 'Cannot call GetSessionToken with session credentials' });
  });

  test('[STS-4] GetAccessKeyInfo knows the keys of the account', async () => {
    const context = await withRole();
    const { Credentials } = await getSessionToken(context, {});
    const AccessKeyId = Credentials?.AccessKeyId ?? '';
    expect(getAccessKeyInfo(context, { AccessKeyId })).toEqual({ Account: '123456789012' });
    expect(() => getAccessKeyInfo(context, { AccessKeyId: 'AKIAUNKNOWNUNKNOWN00' })).toThrow();
  });
});
