import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { IssuerKeySet } from '../../lib/issuer-keys.ts';
import { roles } from '../../records/collections.ts';
import { bootstrapAccount, findCredentials } from '../../records/identity.ts';
import type { AssumeRoleWithWebIdentityRequest } from '../../shapes/generated/sts.ts';
import { iamOperations } from '../iam/operations.ts';
import { aContext, TEST_START, type TestContext } from '../testing.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';

const ISSUER = 'token.actions.githubusercontent.com';
const SUBJECT = 'repo:acme/shop:ref:refs/heads/main';
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`;
const ROLE = 'arn:aws:iam::123456789012:role/deploy';
const NOW = TEST_START / 1000;
const DENIED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let stranger: Awaited<ReturnType<typeof generateKeyPair>>;
let published: IssuerKeySet;

beforeAll(async () => {
  pair = await generateKeyPair('ES256');
  stranger = await generateKeyPair('ES256');
  published = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] };
});

const CLAIMS: JWTPayload = {
  iss: `https://${ISSUER}`,
  aud: 'sts.amazonaws.com',
  sub: SUBJECT,
  exp: NOW + 300,
  iat: NOW,
};

const tokenOf = (claims: object = {}, kid = 'k1', key = pair.privateKey): Promise<string> =>
  new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: 'ES256', kid }).sign(key);

const CONDITION = {
  StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
  StringLike: { [`${ISSUER}:sub`]: 'repo:acme/shop:*' },
};

async function withRole(statement: object = { Condition: CONDITION }): Promise<TestContext> {
  const context = await aContext();
  const { store, ids, clock, installation } = context;
  await store.write((tx) => {
    bootstrapAccount(tx, { ids, installation, now: clock.now() });
    tx.put(roles, {
      roleName: 'deploy',
      roleId: 'AROAAAAAAAAAAAAAAAAAA',
      arn: ROLE,
      path: '/',
      createdAt: clock.now(),
      maxSessionDurationSeconds: 3_600,
      assumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRoleWithWebIdentity',
            Principal: { Federated: PROVIDER },
            ...statement,
          },
        ],
      }),
      inlinePolicies: {},
      attachedPolicyArns: [],
      tags: [],
    });
  });
  await iamOperations.CreateOpenIDConnectProvider?.(context, {
    Url: `https://${ISSUER}`,
    ClientIDList: ['sts.amazonaws.com'],
  });
  return context;
}

const assume = async (
  context: TestContext,
  token: string,
  more: Partial<AssumeRoleWithWebIdentityRequest> = {},
  keys: IssuerKeySet | undefined = published,
) =>
  assumeRoleWithWebIdentity({ find: async () => keys })(context, {
    RoleArn: ROLE,
    RoleSessionName: 'run-1',
    WebIdentityToken: token,
    ...more,
  });

describe('AssumeRoleWithWebIdentity', () => {
  test('[STS-7] gives a session of the role for a token that its trust policy accepts', async () => {
    const context = await withRole();
    const answer = await assume(context, await tokenOf());
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: SUBJECT,
      Provider: PROVIDER,
      Audience: 'sts.amazonaws.com',
      AssumedRoleUser: { Arn: 'arn:aws:sts::123456789012:assumed-role/deploy/run-1' },
    });
    const { AccessKeyId = '' } = answer.Credentials ?? {};
    const found = context.store.read((tx) => findCredentials(tx, AccessKeyId, context.clock.now()));
    expect(found?.caller).toMatchObject({ kind: 'assumed-role', roleArn: ROLE });
  });

  test.each([
    ['another repository', { sub: 'repo:acme/other:ref:refs/heads/main' }, 'AccessDenied', DENIED],
    ['another audience', { aud: 'somebody' }, 'InvalidIdentityTokenException', 'Incorrect token audience'],
    ['another party', { azp: 'somebody' }, 'InvalidIdentityTokenException', 'Incorrect token audience'],
    [
      'its last second over',
      { exp: NOW },
      'ExpiredTokenException',
      `Token expired: current date/time ${NOW} must be before the expiration date/time${NOW}`,
    ],
    ['a beginning to come', { nbf: NOW + 60 }, 'InvalidIdentityTokenException', 'Token is not valid yet'],
    ['no end', { exp: undefined }, 'InvalidIdentityTokenException', 'Missing a required claim: exp'],
    ['no subject', { sub: undefined }, 'InvalidIdentityTokenException', 'Missing a required claim: sub'],
    [
      'an issuer without provider',
      { iss: 'https://elsewhere.example' },
      'InvalidIdentityTokenException',
      'No OpenIDConnect provider found in your account for https://elsewhere.example',
    ],
    [
      'tags that are none',
      { 'https://aws.amazon.com/tags': { principal_tags: { team: ['a', 'b'] } } },
      'IDPRejectedClaimException',
      'The claim https://aws.amazon.com/tags is not valid.',
    ],
    [
      'tags without sts:TagSession in the trust policy',
      { 'https://aws.amazon.com/tags': { principal_tags: { team: ['a'] } } },
      'AccessDenied',
      'Not authorized to perform sts:TagSession',
    ],
  ])('[STS-7] a token with %s is refused', async (_name, claims, code, message) => {
    const context = await withRole();
    await expect(assume(context, await tokenOf(claims))).rejects.toMatchObject({ code, message });
  });

  test('[STS-7] one second before its end a token is taken', async () => {
    const answer = await assume(await withRole(), await tokenOf({ exp: NOW + 1 }));
    expect(answer.Credentials).toBeDefined();
  });

  test('[STS-7] a token that another key signed is refused, and one of an unknown key', async () => {
    const context = await withRole();
    const forged = await tokenOf({}, 'k1', stranger.privateKey);
    await expect(assume(context, forged)).rejects.toMatchObject({ message: 'Token signature invalid' });
    await expect(assume(context, await tokenOf({}, 'k2'))).rejects.toMatchObject({ message: NO_KEY });
  });

  test('[STS-7] a token signed with the public key as a shared secret is refused', async () => {
    const context = await withRole();
    const secret = new TextEncoder().encode(JSON.stringify(published.keys[0]).padEnd(64));
    const forged = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
    await expect(assume(context, forged)).rejects.toMatchObject({ code: 'InvalidIdentityTokenException' });
    const [, payload = ''] = (await tokenOf()).split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(assume(context, `${header}.${payload}.`)).rejects.toMatchObject({
      code: 'InvalidIdentityTokenException',
    });
  });

  test('[STS-8] without keys of the issuer nothing is taken; text that is no token is said to be none', async () => {
    const context = await withRole();
    const none = assumeRoleWithWebIdentity({ find: async () => undefined });
    const request = { RoleArn: ROLE, RoleSessionName: 'run-1', WebIdentityToken: await tokenOf() };
    await expect(none(context, request)).rejects.toMatchObject({ message: NO_KEY });
    await expect(assume(context, 'abcd')).rejects.toMatchObject({
      message:
        'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    });
  });

  test('[STS-5] [STS-7] unknown roles, roles that trust accounts and explicit denials are answered alike', async () => {
    const token = await tokenOf();
    const denied = { code: 'AccessDenied', message: DENIED };
    const RoleArn = 'arn:aws:iam::123456789012:role/gone';
    await expect(assume(await withRole(), token, { RoleArn })).rejects.toMatchObject(denied);
    const trustsAccount = await withRole({ Principal: { AWS: '123456789012' } });
    await expect(assume(trustsAccount, token)).rejects.toMatchObject(denied);
    await expect(assume(await withRole({ Effect: 'Deny' }), token)).rejects.toMatchObject(denied);
    const forRoles = await withRole({ Action: 'sts:AssumeRole' });
    await expect(assume(forRoles, token)).rejects.toMatchObject(denied);
  });

  test('[STS-7] tags and source identity of the token go to the session', async () => {
    const context = await withRole({
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
    });
    const token = await tokenOf({
      'https://aws.amazon.com/tags': {
        principal_tags: { team: ['red'] },
        transitive_tag_keys: ['team'],
      },
      'https://aws.amazon.com/source_identity': 'ann',
    });
    const answer = await assume(context, token);
    expect(answer.SourceIdentity).toBe('ann');
    const { AccessKeyId = '' } = answer.Credentials ?? {};
    const found = context.store.read((tx) => findCredentials(tx, AccessKeyId, context.clock.now()));
    expect(found?.caller.session).toMatchObject({
      tags: [{ key: 'team', value: 'red' }],
      transitiveTagKeys: ['team'],
      sourceIdentity: 'ann',
    });
  });

  test('[STS-7] GitHub’s claims are condition keys, other claims are not', async () => {
    const conditioned = (claim: string) =>
      withRole({ Condition: { StringEquals: { [`${ISSUER}:${claim}`]: 'x' } } });
    for (const claim of ['repository', 'ref', 'environment', 'job_workflow_ref', 'actor']) {
      const context = await conditioned(claim);
      expect((await assume(context, await tokenOf({ [claim]: 'x' }))).Credentials).toBeDefined();
      await expect(assume(context, await tokenOf({ [claim]: 'y' }))).rejects.toMatchObject({
        code: 'AccessDenied',
      });
    }
    const context = await conditioned('run_id');
    await expect(assume(context, await tokenOf({ run_id: 'x' }))).rejects.toMatchObject({
      code: 'AccessDenied',
    });
  });

  test('[STS-7] the session is no longer than the role allows, and ProviderId is refused by name', async () => {
    const context = await withRole();
    const token = await tokenOf();
    await expect(assume(context, token, { DurationSeconds: 3_601 })).rejects.toMatchObject({
      code: 'ValidationError',
    });
    expect((await assume(context, token, { DurationSeconds: 3_600 })).Credentials).toBeDefined();
    await expect(assume(context, token, { ProviderId: 'www.amazon.com' })).rejects.toMatchObject({
      message: 'ProviderId is not supported yet.',
    });
  });
});
