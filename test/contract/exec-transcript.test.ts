import {
  CreateClusterCommand,
  ECSClient,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateClusterCommand,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gantry, startGantry } from '../../src/main/testing-entry.ts';
import { eventually } from '../support/wait.ts';
import { FARGATE_SIZE } from './support/fargate-size.ts';
import { connectPlugin } from './support/plugin-client.ts';

const document = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
const Bucket = 'transcripts';

let gantry: Gantry;
let ecs: ECSClient;
let s3: S3Client;
let task = '';

async function setUp(iam: IAMClient): Promise<void> {
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'box',
      AssumeRolePolicyDocument: document({
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  const policies = {
    exec: document({ Action: 'ssmmessages:*', Resource: '*' }),
    keep: document({ Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/exec/*` }),
  };
  for (const [PolicyName, PolicyDocument] of Object.entries(policies))
    await iam.send(new PutRolePolicyCommand({ RoleName: 'box', PolicyName, PolicyDocument }));
  await s3.send(new CreateBucketCommand({ Bucket }));
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'box',
      ...FARGATE_SIZE,
      taskRoleArn: 'box',
      containerDefinitions: [{ name: 'main', image: 'box' }],
    }),
  );
  const { tasks = [] } = await ecs.send(
    new RunTaskCommand({
      taskDefinition: 'box',
      launchType: 'FARGATE',
      enableExecuteCommand: true,
      networkConfiguration: { awsvpcConfiguration: { subnets: [...gantry.subnetIds] } },
    }),
  );
  task = tasks[0]?.taskArn ?? '';
  const running = { client: ecs, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
  await waitUntilTasksRunning(running, { tasks: [task] });
}

/** A session that shows a word, with this prefix in the cluster's settings; its id, after its end. */
async function sessionOf(s3KeyPrefix: string, word: string): Promise<string> {
  const logConfiguration = { s3BucketName: Bucket, s3KeyPrefix };
  const executeCommandConfiguration = { logging: 'OVERRIDE', logConfiguration } as const;
  await ecs.send(
    new UpdateClusterCommand({ cluster: 'default', configuration: { executeCommandConfiguration } }),
  );
  const { session } = await ecs.send(new ExecuteCommandCommand({ task, command: 'cat', interactive: true }));
  const { sessionId = '', streamUrl = '', tokenValue = '' } = session ?? {};
  const client = await connectPlugin({ streamUrl, tokenValue }, { dropCount: 0 });
  client.type(word);
  await client.waitFor(word);
  client.type('\x04');
  expect(await client.closed).toMatchObject({ ExitCode: 0 });
  return sessionId;
}

describe('transcripts of ECS Exec in S3', () => {
  beforeAll(async () => {
    gantry = await startGantry({ auth: 'on' });
    const config = {
      endpoint: gantry.endpoint,
      region: 'us-east-1',
      credentials: {
        accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
      maxAttempts: 1,
    };
    ecs = new ECSClient(config);
    s3 = new S3Client({ ...config, forcePathStyle: true });
    await setUp(new IAMClient(config));
  });
  afterAll(() => gantry?.stop());

  test('[EXE-53] one object for a session, when the task role may put it', async () => {
    await sessionOf('elsewhere', 'not permitted');
    const sessionId = await sessionOf('exec/', 'permitted');
    const Key = `exec/${sessionId}.log`;
    const keys = await eventually('the transcript', async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      return Contents.length === 0 ? undefined : Contents.map((object) => object.Key);
    });
    expect(keys).toEqual([Key]);
    const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(object.ContentType).toBe('text/plain; charset=utf-8');
    expect(await object.Body?.transformToString()).toBe('permitted\n');
  });
});
