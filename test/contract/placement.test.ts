import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeCapacityProvidersCommand,
  ECSClient,
  ListAttributesCommand,
  ListContainerInstancesCommand,
  PutAttributesCommand,
  PutClusterCapacityProvidersCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StartTaskCommand,
  UpdateContainerAgentCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signRequest } from '../../src/link/sigv4-sign.ts';
import { startGantry, type TestGantry } from '../support/gantry.ts';

let gantry: TestGantry;
let ecs: ECSClient;
/** Two instances whose agents are not there. */
const instanceArns: string[] = [];

const settings = () => ({
  endpoint: gantry.endpointUrl,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: {
    accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  },
});

describe('placement and instances, by the SDK', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--runtime', 'simulated', '--no-agent'] });
    ecs = new ECSClient(settings());
    await ecs.send(new CreateClusterCommand({}));
    const totalResources = [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 2048 },
    ];
    for (let count = 0; count < 2; count += 1) {
      const answer = await ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
      instanceArns.push(answer.containerInstance?.containerInstanceArn ?? '');
    }
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        containerDefinitions: [{ name: 'app', image: 'nginx', memory: 128 }],
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:rack exists' }],
      }),
    );
  });

  afterAll(async () => {
    await gantry?.stop();
  });

  test('[INS-15][INS-8] attributes are put, listed, and found by an expression', async () => {
    const [targetId = ''] = instanceArns;
    await ecs.send(new PutAttributesCommand({ attributes: [{ name: 'rack', value: 'r1', targetId }] }));
    const listed = await ecs.send(
      new ListAttributesCommand({ targetType: 'container-instance', attributeName: 'rack' }),
    );
    expect(listed.attributes).toEqual([{ name: 'rack', value: 'r1', targetId }]);
    const filter = "attribute:rack in ['r1', r2] and not (agentConnected == true)";
    const found = await ecs.send(new ListContainerInstancesCommand({ filter }));
    expect(found.containerInstanceArns).toEqual([targetId]);
    await expect(ecs.send(new ListContainerInstancesCommand({ filter: 'rack' }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'filter is not a valid expression: `rack` is not a subject (character 1).',
    });
  });

  test('[PLC-13][TSK-46] tasks that find no host say why', async () => {
    const run = await ecs.send(new RunTaskCommand({ taskDefinition: 'web' }));
    expect(run.failures?.map(({ reason }) => reason)).toEqual(['AGENT', 'AGENT']);
    const containerInstances = [instanceArns[1] ?? '', 'ffffffffffffffffffffffffffffffff'];
    const start = await ecs.send(new StartTaskCommand({ taskDefinition: 'web', containerInstances }));
    expect(start.failures?.map(({ reason }) => reason)).toEqual(['AGENT', 'MISSING']);
    await expect(
      ecs.send(new RunTaskCommand({ taskDefinition: 'web', placementStrategy: [{ type: 'binpack' }] })),
    ).rejects.toMatchObject({ message: "binpack field '' is invalid." });
  });

  test('[CAP-2][CAP-3] capacity providers are described and associated', async () => {
    const described = await ecs.send(new DescribeCapacityProvidersCommand({}));
    expect(described.capacityProviders?.map(({ name }) => name)).toEqual(['FARGATE', 'FARGATE_SPOT']);
    const { cluster } = await ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: 'default',
        capacityProviders: ['FARGATE'],
        defaultCapacityProviderStrategy: [],
      }),
    );
    expect(cluster?.capacityProviders).toEqual(['FARGATE']);
  });

  test('[INS-12][INS-13] an instance drains, and its agent cannot be updated from here', async () => {
    const containerInstances = instanceArns.slice(1);
    const answer = await ecs.send(
      new UpdateContainerInstancesStateCommand({ containerInstances, status: 'DRAINING' }),
    );
    expect(answer.containerInstances?.map(({ status }) => status)).toEqual(['DRAINING']);
    const containerInstance = instanceArns[0];
    await expect(ecs.send(new UpdateContainerAgentCommand({ containerInstance }))).rejects.toMatchObject({
      name: 'MissingVersionException',
    });
  });

  test('[EXP-5] gantry why tells of each host, to those who may ask', async () => {
    await ecs.send(
      new CreateServiceCommand({
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 1,
        launchType: 'EC2',
      }),
    );
    const [first = '', second = ''] = instanceArns.map((arn) => arn.slice(-32));
    await expect
      .poll(() => gantry.gantry(['why', 'web']), { timeout: 10_000, interval: 200 })
      .toContain('waits for a host that can take its tasks');
    const text = await gantry.gantry(['why', 'web']);
    expect(text).toContain(`${first}: its agent is not connected [AGENT]`);
    expect(text).toContain(`${second}: takes no new tasks: it is DRAINING [INACTIVE]`);
    expect((await fetch(`${gantry.endpointUrl}/_gantry/why?subject=web`)).status).toBe(403);
    const iam = new IAMClient(settings());
    await iam.send(new CreateUserCommand({ UserName: 'bob' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
    const answer = await askWhy({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('user/bob is not authorized to perform: ecs:DescribeServices');
  });
});

function askWhy(credentials: ReturnType<typeof settings>['credentials']): Promise<Response> {
  const url = `${gantry.endpointUrl}/_gantry/why?subject=web`;
  const signed = { method: 'GET', url, credentials, region: 'us-east-1', service: 'ecs', now: Date.now() };
  const { host: _, ...headers } = signRequest(signed);
  return fetch(url, { headers });
}
