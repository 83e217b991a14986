import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { eventually } from '../support/wait.ts';

const PLAIN = 'the-plain-value-of-a-secret';

let gantry: TestGantry;
let secrets: SecretsManagerClient;
let ssm: SSMClient;
let iam: IAMClient;

const settingsOf = (accessKeyId = '', secretAccessKey = '') => ({
  endpoint: gantry.endpointUrl,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey },
});

/** A user with one statement. */
async function aUser(name: string, action: string, resource: string) {
  await iam.send(new CreateUserCommand({ UserName: name }));
  const statement = { Effect: 'Allow', Action: action, Resource: resource };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return settingsOf(AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey);
}

beforeAll(async () => {
  gantry = await startGantry({ args: ['--runtime', 'simulated', '--no-agent'] });
  const settings = settingsOf(gantry.env['AWS_ACCESS_KEY_ID'], gantry.env['AWS_SECRET_ACCESS_KEY']);
  secrets = new SecretsManagerClient(settings);
  ssm = new SSMClient(settings);
  iam = new IAMClient(settings);
});

afterAll(() => gantry?.stop());

describe('Secrets Manager, through the AWS SDK', () => {
  test('[SEC-3] [SEC-4] text, bytes, versions and dates', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'app/db', SecretString: PLAIN }));
    await secrets.send(
      new PutSecretValueCommand({ SecretId: 'app/db', SecretBinary: Buffer.from([1, 2, 255]) }),
    );
    const current = await secrets.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    expect([...(current.SecretBinary ?? [])]).toEqual([1, 2, 255]);
    expect(current.CreatedDate).toBeInstanceOf(Date);
    const previous = await secrets.send(
      new GetSecretValueCommand({ SecretId: current.ARN ?? '', VersionStage: 'AWSPREVIOUS' }),
    );
    expect(previous.SecretString).toBe(PLAIN);
    const described = await secrets.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(Object.values(described.VersionIdsToStages ?? {}).toSorted()).toEqual([
      ['AWSCURRENT'],
      ['AWSPREVIOUS'],
    ]);
    const batch = await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ['app/db', 'none'] }));
    expect([batch.SecretValues?.length, batch.Errors?.[0]?.ErrorCode]).toEqual([
      1,
      'ResourceNotFoundException',
    ]);
    expect((await secrets.send(new GetRandomPasswordCommand({}))).RandomPassword).toHaveLength(32);
  });

  test('errors have the names that SDKs know, and what is not there is named', async () => {
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
    await expect(
      secrets.send(new CreateSecretCommand({ Name: 'x', ClientRequestToken: 'short' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(secrets.send(new RotateSecretCommand({ SecretId: 'app/db' }))).rejects.toThrow('Rotation');
  });

  test('[SEC-12] a user reads what its policy names', async () => {
    const user = new SecretsManagerClient(
      await aUser('ann', 'secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:app/*'),
    );
    await user.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    await expect(user.send(new GetSecretValueCommand({ SecretId: 'other' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(user.send(new DescribeSecretCommand({ SecretId: 'app/db' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('Parameter Store, through the AWS SDK', () => {
  test('[SSM-2] [SSM-3] secure strings, selectors and ARNs', async () => {
    await ssm.send(new PutParameterCommand({ Name: '/app/key', Value: PLAIN, Type: 'SecureString' }));
    await ssm.send(new PutParameterCommand({ Name: '/app/key', Value: 'two', Overwrite: true }));
    const { Parameter } = await ssm.send(
      new GetParameterCommand({ Name: '/app/key:1', WithDecryption: true }),
    );
    expect(Parameter).toMatchObject({ Name: '/app/key', Value: PLAIN, Version: 1, Selector: ':1' });
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    const several = await ssm.send(
      new GetParametersCommand({ Names: [Parameter?.ARN ?? '', 'none'], WithDecryption: true }),
    );
    expect([several.Parameters?.[0]?.Value, several.InvalidParameters]).toEqual(['two', ['none']]);
    await expect(ssm.send(new GetParameterCommand({ Name: 'none' }))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
  });

  test('[SSM-9] a pattern that backtracks without end is answered', async () => {
    const Value = `${'a'.repeat(4_000)}!`;
    const put = new PutParameterCommand({ Name: 'slow', Value, Type: 'String', AllowedPattern: '(a+)+' });
    await expect(ssm.send(put)).rejects.toMatchObject({ name: 'ParameterPatternMismatchException' });
  });

  test('[SSM-4] the paginator sees each parameter once', async () => {
    for (let index = 0; index < 23; index += 1) {
      await ssm.send(new PutParameterCommand({ Name: `/many/${index}`, Value: 'v', Type: 'String' }));
    }
    const names: (string | undefined)[] = [];
    for await (const page of paginateGetParametersByPath({ client: ssm }, { Path: '/many' })) {
      names.push(...(page.Parameters ?? []).map(({ Name }) => Name));
    }
    expect(new Set(names).size).toBe(23);
    expect(names).toHaveLength(23);
  });

  test('[SSM-8] a user reads what its policy names', async () => {
    const user = new SSMClient(await aUser('bob', 'ssm:GetParameter*', 'arn:aws:ssm:*:*:parameter/app/*'));
    await user.send(new GetParametersCommand({ Names: ['/app/key'] }));
    await expect(
      user.send(new GetParametersCommand({ Names: ['/app/key', '/many/1'] })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('a service that reads a secret', () => {
  test('[TSC-9] is deployed anew when the secret changes, and says so', async () => {
    const ecs = new ECSClient(
      settingsOf(gantry.env['AWS_ACCESS_KEY_ID'], gantry.env['AWS_SECRET_ACCESS_KEY']),
    );
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'rotated', SecretString: '1' }));
    await ecs.send(new CreateClusterCommand({}));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'reader',
        executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
        containerDefinitions: [
          { name: 'app', image: 'app', memory: 64, secrets: [{ name: 'A', valueFrom: ARN }] },
        ],
      }),
    );
    await ecs.send(
      new CreateServiceCommand({
        serviceName: 'reader',
        taskDefinition: 'reader',
        desiredCount: 1,
        tags: [{ key: 'gantry.redeploy-on-secret-change', value: 'true' }],
      }),
    );
    const service = async () =>
      (await ecs.send(new DescribeServicesCommand({ services: ['reader'] }))).services?.[0];
    const first = (await service())?.deployments?.[0]?.id;
    await secrets.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString: '2' }));
    await secrets.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString: '3' }));
    const redeployed = await eventually('a new deployment', async () => {
      const now = await service();
      return now?.deployments?.[0]?.id === first ? undefined : now;
    });
    const said = redeployed.events?.filter(({ message }) => message?.includes('a secret has changed'));
    expect(said?.map(({ message }) => message)).toEqual([
      '(service reader) has started a new deployment because a secret has changed: rotated.',
    ]);
  });
});

describe('at rest', () => {
  test('[SEC-14] no file of the data directory has a value in clear, and values are read again after a restart', async () => {
    const files = readdirSync(gantry.dataDir, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
    expect(texts.some((text) => text.includes('app/db'))).toBe(true);
    expect(texts.some((text) => text.includes(PLAIN))).toBe(false);
    expect(statSync(join(gantry.dataDir, 'secrets.key')).mode & 0o777).toBe(0o600);
    await gantry.gantry(['down']);
    await gantry.up();
    const value = await secrets.send(
      new GetSecretValueCommand({ SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' }),
    );
    expect(value.SecretString).toBe(PLAIN);
  });
});
