import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  DescribeClustersCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';

const ACCOUNT = '000000000000';
const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`;
const REFUSED = `User: ${ANN} is not authorized to perform:`;

let gantry: TestGantry;
/** Settings of clients that sign as root, and as the user ann. */
let root: Settings;
let ann: Settings;

interface Settings {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const settingsOf = (accessKeyId = '', secretAccessKey = ''): Settings => ({
  endpoint: gantry.endpointUrl,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey },
});

const allowAnn = (Action: readonly string[], Resource = '*') =>
  new IAMClient(root).send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action, Resource }],
      }),
    }),
  );

describe('what policies allow, through the AWS SDK', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--runtime', 'simulated'] });
    root = settingsOf(gantry.env['AWS_ACCESS_KEY_ID'], gantry.env['AWS_SECRET_ACCESS_KEY']);
    const iam = new IAMClient(root);
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    ann = settingsOf(AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey);
    await new ECSClient(root).send(new CreateClusterCommand({ clusterName: 'c' }));
  });

  afterAll(() => gantry?.stop());

  test('[AUTH-15] a user without policies is refused in the form of each service', async () => {
    const identity = await new STSClient(ann).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(ANN);
    await expect(new ECSClient(ann).send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `${REFUSED} ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action`,
    });
    await expect(new IAMClient(ann).send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `${REFUSED} iam:ListUsers on resource: arn:aws:iam::${ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action`,
      $metadata: { httpStatusCode: 403 },
    });
    await expect(new EC2Client(ann).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      $metadata: { httpStatusCode: 403 },
    });
    const logs = new CloudWatchLogsClient(ann).send(new CreateLogGroupCommand({ logGroupName: 'g' }));
    await expect(logs).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('[IAM-23] [IAM-24] a simulation names statements, positions, missing keys and what each kind says', async () => {
    await allowAnn(['ecs:ListClusters']);
    const policy = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
    const { EvaluationResults = [] } = await new IAMClient(root).send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: ANN,
        ActionNames: ['ecs:ListClusters', 's3:PutObject'],
        ResourceArns: ['arn:aws:s3:::b/k'],
        ResourceOwner: 'arn:aws:iam::111122223333:root',
        PolicyInputList: [
          policy({
            Effect: 'Allow',
            Action: 's3:*',
            Resource: '*',
            Condition: { StringEquals: { 's3:x-amz-acl': 'private' } },
          }),
        ],
        ResourcePolicy: policy({ Effect: 'Allow', Principal: { AWS: ANN }, Action: '*', Resource: '*' }),
      }),
    );
    const open = '{"Version":"2012-10-17","Statement":['.length + 1;
    const statement = JSON.stringify({ Effect: 'Allow', Action: ['ecs:ListClusters'], Resource: '*' });
    const own = {
      SourcePolicyId: 'user_ann_p',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 1, Column: open },
      EndPosition: { Line: 1, Column: open + statement.length },
    };
    expect(EvaluationResults).toMatchObject([
      {
        EvalDecision: 'allowed',
        MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy' }, own],
        EvalDecisionDetails: { 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' },
        MissingContextValues: [],
      },
      {
        EvalDecision: 'implicitDeny',
        MatchedStatements: [],
        MissingContextValues: ['s3:x-amz-acl'],
        ResourceSpecificResults: [
          {
            EvalResourceName: 'arn:aws:s3:::b/k',
            EvalResourceDecision: 'implicitDeny',
            EvalDecisionDetails: { 'IAM Policy': 'implicitDeny', 'Resource Policy': 'allowed' },
            MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'Resource Policy' }],
          },
        ],
      },
    ]);
    const same = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: ANN,
      ActionNames: ['ecs:ListClusters'],
      ResourceArns: ['*'],
    });
    expect((await new IAMClient(root).send(same)).EvaluationResults).toMatchObject([
      { EvalDecision: 'allowed', EvalDecisionDetails: {}, MatchedStatements: [own] },
    ]);
  });

  test('[AUTH-2] a policy counts from the next request on, and for its resources only', async () => {
    const ecs = new ECSClient(ann);
    await allowAnn(['ecs:DescribeClusters'], `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/c`);
    const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ['c'] }));
    expect(clusters).toHaveLength(1);
    await expect(ecs.send(new DescribeClustersCommand({ clusters: ['c', 'd'] }))).rejects.toThrow(
      'cluster/d because',
    );
  });

  test('[AUTH-16] the registry refuses as ECR does', async () => {
    await new ECRClient(root).send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    await allowAnn(['ecr:GetAuthorizationToken']);
    const answer = await new ECRClient(ann).send(new GetAuthorizationTokenCommand({}));
    const headers = { authorization: `Basic ${answer.authorizationData?.[0]?.authorizationToken}` };
    expect((await fetch(`${gantry.endpointUrl}/v2/`, { headers })).status).toBe(200);
    const refused = await fetch(`${gantry.endpointUrl}/v2/app/blobs/uploads/`, { method: 'POST', headers });
    expect(refused.status).toBe(403);
    const action = 'ecr:InitiateLayerUpload';
    expect(await refused.json()).toEqual({
      errors: [
        {
          code: 'DENIED',
          message: `${REFUSED} ${action} on resource: arn:aws:ecr:us-east-1:${ACCOUNT}:repository/app because no identity-based policy allows the ${action} action`,
        },
      ],
    });
  });

  test('[AUTH-16] a task whose execution role may not write logs does not start, and says why', async () => {
    const iam = new IAMClient(root);
    const ecs = new ECSClient(root);
    const Principal = { Service: 'ecs-tasks.amazonaws.com' };
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
    };
    const AssumeRolePolicyDocument = JSON.stringify(trust);
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: 'execution', AssumeRolePolicyDocument }),
    );
    await new CloudWatchLogsClient(root).send(new CreateLogGroupCommand({ logGroupName: '/app' }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'logging',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        executionRoleArn: Role?.Arn,
        containerDefinitions: [
          {
            name: 'web',
            image: 'sim.log-3.exit-0.after-20',
            logConfiguration: {
              logDriver: 'awslogs',
              options: {
                'awslogs-group': '/app',
                'awslogs-region': 'us-east-1',
                'awslogs-stream-prefix': 's',
              },
            },
          },
        ],
      }),
    );
    const first = await lastOf(ecs);
    expect(first?.stopCode).toBe('TaskFailedToStart');
    expect(first?.stoppedReason).toMatch(
      /^CannotStartContainerError: .*AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role\/execution\/.* is not authorized to perform: logs:CreateLogStream on resource: .* because no identity-based policy allows/,
    );
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'execution', PolicyArn }));
    const second = await lastOf(ecs);
    expect(second?.stopCode).toBe('EssentialContainerExited');
  });
});

/** Runs the task and answers how it ended. */
async function lastOf(ecs: ECSClient) {
  const { Subnets = [] } = await new EC2Client(root).send(new DescribeSubnetsCommand({}));
  const subnets = Subnets.map(({ SubnetId }) => SubnetId ?? '');
  const started = await ecs.send(
    new RunTaskCommand({
      cluster: 'c',
      taskDefinition: 'logging',
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets } },
    }),
  );
  const tasks = (started.tasks ?? []).map(({ taskArn }) => taskArn ?? '');
  await waitUntilTasksStopped(
    { client: ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { cluster: 'c', tasks },
  );
  const described = await ecs.send(new DescribeTasksCommand({ cluster: 'c', tasks }));
  return described.tasks?.[0];
}
