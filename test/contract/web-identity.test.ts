import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateClusterCommand, ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';

const ISSUER = 'token.actions.githubusercontent.com';
const SUBJECT = 'repo:acme/shop:ref:refs/heads/main';
const RoleArn = 'arn:aws:iam::000000000000:role/deploy';

let gantry: TestGantry;
let directory: string;
let region: { readonly endpoint: string; readonly region: string; readonly maxAttempts: number };
let tokenOf: (claims?: JWTPayload) => Promise<string>;

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const assume = async (claims: JWTPayload = {}) =>
  new STSClient({ ...region, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } }).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn,
      RoleSessionName: 'run-1',
      WebIdentityToken: await tokenOf(claims),
    }),
  );

describe('a deployment with a token of GitHub Actions, through the AWS SDK', () => {
  beforeAll(async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    tokenOf = (claims) =>
      new SignJWT({
        iss: `https://${ISSUER}`,
        aud: 'sts.amazonaws.com',
        sub: SUBJECT,
        exp: nowSeconds() + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
        .sign(pair.privateKey);
    directory = mkdtempSync(join(tmpdir(), 'gantry-oidc-'));
    const file = join(directory, 'keys.json');
    const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' }];
    writeFileSync(file, JSON.stringify({ [`https://${ISSUER}`]: { keys } }));
    gantry = await startGantry({ args: ['--runtime', 'simulated', '--no-agent', '--oidc-keys', file] });
    region = { endpoint: gantry.endpointUrl, region: 'us-east-1', maxAttempts: 1 };
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = gantry.env;
    const iam = new IAMClient({ ...region, credentials: { accessKeyId, secretAccessKey } });
    const made = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: `https://${ISSUER}`,
        ClientIDList: ['sts.amazonaws.com'],
      }),
    );
    const trust = {
      Effect: 'Allow',
      Principal: { Federated: made.OpenIDConnectProviderArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
        StringLike: { [`${ISSUER}:sub`]: 'repo:acme/shop:*' },
      },
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: 'deploy',
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    );
    const permission = { Effect: 'Allow', Action: 'ecs:CreateCluster', Resource: '*' };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'deploy',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [permission] }),
      }),
    );
  });

  afterAll(async () => {
    await gantry?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('[STS-7] the unsigned request gives a session with the permissions of the role', async () => {
    const answer = await assume();
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: SUBJECT,
      Audience: 'sts.amazonaws.com',
      Provider: `arn:aws:iam::000000000000:oidc-provider/${ISSUER}`,
    });
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    const identity = await new STSClient({ ...region, credentials }).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/deploy/run-1');
    const ecs = new ECSClient({ ...region, credentials });
    await ecs.send(new CreateClusterCommand({ clusterName: 'from-ci' }));
    await expect(ecs.send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test.each([
    {
      claims: { sub: 'repo:acme/other:ref:refs/heads/main' },
      refusal: {
        name: 'AccessDenied',
        message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
        $metadata: { httpStatusCode: 403 },
      },
    },
    {
      claims: { aud: 'somebody' },
      refusal: { name: 'InvalidIdentityTokenException', message: 'Incorrect token audience' },
    },
    { claims: { exp: 1_000 }, refusal: { name: 'ExpiredTokenException' } },
    { claims: { iss: 'https://elsewhere.example' }, refusal: { name: 'InvalidIdentityTokenException' } },
  ])('[STS-7] a token with $claims is refused', async ({ claims, refusal }) => {
    await expect(assume(claims)).rejects.toMatchObject(refusal);
  });
});
