import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  ClusterNotFoundException,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  waitUntilServicesInactive,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';

let gantry: TestGantry;
let ecs: ECSClient;
let subnets: string[];

const settings = () => ({
  endpoint: gantry.endpointUrl,
  region: 'us-east-1',
  credentials: {
    accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  },
  maxAttempts: 1,
});

/** The whole program but for real containers, through the client that users have. */
describe('the ECS API through the AWS SDK', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--runtime', 'simulated', '--healthy-after', '0'] });
    ecs = new ECSClient(settings());
    const found = await new EC2Client(settings()).send(new DescribeSubnetsCommand({}));
    subnets = (found.Subnets ?? []).map((subnet) => subnet.SubnetId ?? '');
    await ecs.send(new CreateClusterCommand({ clusterName: 'c' }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'web', image: 'web:1', portMappings: [{ containerPort: 80 }] }],
      }),
    );
  });

  afterAll(async () => {
    ecs?.destroy();
    await gantry?.stop();
  });

  const network = () => ({ awsvpcConfiguration: { subnets } });
  const patience = () => ({ client: ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });

  test('a task runs until it is stopped', async () => {
    const { tasks } = await ecs.send(
      new RunTaskCommand({
        cluster: 'c',
        taskDefinition: 'web',
        launchType: 'FARGATE',
        networkConfiguration: network(),
      }),
    );
    const arns = (tasks ?? []).map((task) => task.taskArn ?? '');
    expect(tasks?.[0]).toMatchObject({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
    });
    await waitUntilTasksRunning(patience(), { cluster: 'c', tasks: arns });
    await ecs.send(new StopTaskCommand({ cluster: 'c', task: arns[0], reason: 'enough' }));
    await waitUntilTasksStopped(patience(), { cluster: 'c', tasks: arns });
    const described = await ecs.send(new DescribeTasksCommand({ cluster: 'c', tasks: arns }));
    expect(described.tasks?.[0]).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
    });
    expect(described.tasks?.[0]?.stoppedAt).toBeInstanceOf(Date);
  });

  test('a service becomes stable, scales, and is deleted', async () => {
    await ecs.send(
      new CreateServiceCommand({
        cluster: 'c',
        serviceName: 's',
        taskDefinition: 'web',
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: network(),
      }),
    );
    await waitUntilServicesStable(patience(), { cluster: 'c', services: ['s'] });
    await ecs.send(new UpdateServiceCommand({ cluster: 'c', service: 's', desiredCount: 3 }));
    await waitUntilServicesStable(patience(), { cluster: 'c', services: ['s'] });
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: 'c', serviceName: 's' }));
    expect(taskArns).toHaveLength(3);
    await ecs.send(new DeleteServiceCommand({ cluster: 'c', service: 's', force: true }));
    await waitUntilServicesInactive(patience(), { cluster: 'c', services: ['s'] });
  });

  test('refusals arrive as the typed exceptions of the SDK', async () => {
    await expect(ecs.send(new ListTasksCommand({ cluster: 'nowhere' }))).rejects.toThrow(
      ClusterNotFoundException,
    );
    await expect(ecs.send(new RunTaskCommand({ cluster: 'c', taskDefinition: 'nothing' }))).rejects.toThrow(
      'TaskDefinition not found.',
    );
  });

  test('a wrong secret and an unknown key are refused', async () => {
    const { credentials } = settings();
    const wrong = new ECSClient({
      ...settings(),
      credentials: { ...credentials, secretAccessKey: 'x'.repeat(40) },
    });
    await expect(wrong.send(new ListTasksCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    const unknown = new ECSClient({
      ...settings(),
      credentials: { ...credentials, accessKeyId: 'AKIAUNKNOWN' },
    });
    await expect(unknown.send(new ListTasksCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  test('a role is assumed, and its session is who it says it is', async () => {
    const iam = new IAMClient(settings());
    const trust = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' },
      ],
    };
    await iam.send(
      new CreateRoleCommand({ RoleName: 'deployer', AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'deployer' }));
    const sts = new STSClient(settings());
    const assumed = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'me' }));
    const session = new STSClient({
      ...settings(),
      credentials: {
        accessKeyId: assumed.Credentials?.AccessKeyId ?? '',
        secretAccessKey: assumed.Credentials?.SecretAccessKey ?? '',
        sessionToken: assumed.Credentials?.SessionToken ?? '',
      },
    });
    const identity = await session.send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/deployer/me');
  });

  test('what was acknowledged is there after a kill, and the program goes on', async () => {
    await ecs.send(
      new CreateServiceCommand({
        cluster: 'c',
        serviceName: 'survivor',
        taskDefinition: 'web',
        desiredCount: 1,
        launchType: 'FARGATE',
        networkConfiguration: network(),
      }),
    );
    const note = JSON.parse(readFileSync(join(gantry.dataDir, 'control-plane.run.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(note.pid, 'SIGKILL');
    await gantry.up();
    await waitUntilServicesStable(patience(), { cluster: 'c', services: ['survivor'] });
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'c', services: ['survivor'] }),
    );
    expect(services?.[0]).toMatchObject({ status: 'ACTIVE', runningCount: 1 });
  });
});
