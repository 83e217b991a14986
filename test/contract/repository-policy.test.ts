import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';

const ANN = 'arn:aws:iam::000000000000:user/ann';
const named = { repositoryName: 'web' };

let gantry: TestGantry;
let root: ECRClient;
let ann: ECRClient;

/** What the registry answers to a pull by ann. */
async function pullStatus(): Promise<number> {
  const { authorizationData } = await ann.send(new GetAuthorizationTokenCommand({}));
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  const response = await fetch(`${gantry.endpointUrl}/v2/web/manifests/latest`, {
    headers: { authorization },
  });
  await response.arrayBuffer();
  return response.status;
}

const asked = () => ann.send(new BatchGetImageCommand({ ...named, imageIds: [{ imageTag: 'latest' }] }));

describe('the policy of a repository, through the AWS SDK and the registry', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--runtime', 'simulated', '--no-agent'] });
    const settingsOf = (accessKeyId = '', secretAccessKey = '') => ({
      endpoint: gantry.endpointUrl,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId, secretAccessKey },
    });
    const settings = settingsOf(gantry.env['AWS_ACCESS_KEY_ID'], gantry.env['AWS_SECRET_ACCESS_KEY']);
    const iam = new IAMClient(settings);
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    const login = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [login] }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    root = new ECRClient(settings);
    ann = new ECRClient(settingsOf(AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey));
    await root.send(new CreateRepositoryCommand(named));
  });

  afterAll(() => gantry?.stop());

  test('[ECR-11] lets a user pull whose own policies do not', async () => {
    await expect(asked()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(await pullStatus()).toBe(403);
    const grant = { Effect: 'Allow', Principal: { AWS: ANN }, Action: 'ecr:BatchGetImage' };
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [grant] });
    await root.send(new SetRepositoryPolicyCommand({ ...named, policyText }));
    expect((await asked()).failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
    expect(await pullStatus()).toBe(404);
    await root.send(new DeleteRepositoryPolicyCommand(named));
    expect(await pullStatus()).toBe(403);
  });
});
