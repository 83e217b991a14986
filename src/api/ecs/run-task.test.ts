import { describe, expect, test } from 'vitest';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { NO_RESOURCES } from '../../domain/resources.ts';
import { containerInstances, roles, securityGroups, subnets, tasks } from '../../records/collections.ts';
import { anInstance, aPoolHost, storeDefinition, storeHosts } from '../../records/testing.ts';
import type { RunTaskRequest, TaskDefinition } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext } from '../testing.ts';
import { runTask } from './run-task.ts';

const BRIDGE: Partial<TaskDefinition> = {
  networkMode: 'bridge',
  compatibilities: ['EXTERNAL', 'EC2'],
  cpu: undefined,
  memory: undefined,
  containerDefinitions: [{ name: 'app', image: 'nginx:1', cpu: 10, memory: 300, essential: true }],
};

describe('runTask', () => {
  test('[TSK-40] answers a FARGATE task as AWS does', async () => {
    const world = await aWorld();
    const { tasks: started = [], failures } = await world.run({
      startedBy: 'me',
      enableECSManagedTags: true,
    });
    expect(failures).toEqual([]);
    expect(started).toHaveLength(1);
    const [task] = started;
    expect(task).toMatchObject({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      platformFamily: 'Linux',
      ephemeralStorage: { sizeInGiB: 20 },
      cpu: '256',
      memory: '512',
      group: 'family:web',
      startedBy: 'me',
      version: 1,
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      attachments: [
        { type: 'ElasticNetworkInterface', status: 'PRECREATED', details: [{ name: 'subnetId' }] },
      ],
      containers: [{ name: 'app', image: 'nginx:1', lastStatus: 'PENDING', networkInterfaces: [], cpu: '0' }],
      overrides: { containerOverrides: [{ name: 'app' }], inferenceAcceleratorOverrides: [] },
      tags: [{ key: 'aws:ecs:clusterName', value: 'default' }],
    });
    expect(task).not.toHaveProperty('containerInstanceArn');
    expect(task?.taskArn).toMatch(/^arn:aws:ecs:us-east-1:123456789012:task\/default\/[0-9a-f]{32}$/);
    expect(task?.containers?.[0]?.containerArn).toMatch(/:container\/default\/[0-9a-f]{32}\/[0-9a-f-]{36}$/);
  });

  test('[TSK-40] answers an EC2 task with its instance and the sum of its containers', async () => {
    const world = await aWorld(BRIDGE);
    const { tasks: started } = await world.run({ launchType: undefined, networkConfiguration: undefined });
    expect(started).toMatchObject([
      {
        lastStatus: 'PENDING',
        launchType: 'EC2',
        containerInstanceArn: 'arn:aws:ecs:us-east-1:123456789012:container-instance/default/i1',
        attachments: [],
        cpu: '10',
        memory: '300',
      },
    ]);
    expect(started?.[0]).not.toHaveProperty('platformVersion');
  });

  test('[TSK-7] starts `count` tasks', async () => {
    const world = await aWorld();
    expect((await world.run({ count: 10 })).tasks).toHaveLength(10);
  });

  test('[TSK-45] tells of each FARGATE task that found no room', async () => {
    const world = await aWorld();
    await world.setPool({ registered: { ...NO_RESOURCES, cpuUnits: 512, memoryMib: 4096 } });
    const answer = await world.run({ count: 4 });
    expect(answer.tasks).toHaveLength(2);
    const reason =
      'Capacity is unavailable at this time. Please try again later or in a different availability zone';
    expect(answer.failures).toEqual([{ reason }, { reason }]);
  });

  test('[TSK-45] tells why each instance has no room', async () => {
    const world = await aWorld({ ...BRIDGE, cpu: '4096', memory: '1024' });
    const full = anInstance({ instanceId: 'i2', registered: { ...NO_RESOURCES, cpuUnits: 9, memoryMib: 9 } });
    await storeHosts(world.context.store, [full, anInstance({ instanceId: 'i3', agentConnected: false })]);
    const answer = await world.run({ launchType: 'EC2', networkConfiguration: undefined, count: 2 });
    expect(answer.tasks).toHaveLength(1);
    expect(answer.failures?.map(({ arn, reason }) => [arn?.slice(-2), reason])).toEqual([
      ['i1', 'RESOURCE:CPU'],
      ['i2', 'RESOURCE:CPU'],
      ['i3', 'AGENT'],
    ]);
  });

  test('[PLC-16] a failure names what an instance does not have', async () => {
    const world = await aWorld({
      ...BRIDGE,
      requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.x' }],
    });
    const answer = await world.run({ launchType: 'EC2', networkConfiguration: undefined });
    expect(answer.failures).toMatchObject([
      { reason: 'ATTRIBUTE', detail: expect.stringContaining('com.amazonaws.ecs.capability.x') },
    ]);
  });

  test.each([
    { name: 'the definition', document: { ephemeralStorage: { sizeInGiB: 50 } }, input: {} },
    { name: 'an override', document: {}, input: { overrides: { ephemeralStorage: { sizeInGiB: 50 } } } },
  ])(
    '[PLC-16] [PLC-17] storage of $name is not placed where the disk is smaller',
    async ({ document, input }) => {
      const world = await aWorld(document);
      const started = async (attributes: ContainerInstance['attributes']) => {
        await world.setPool({ attributes });
        const { tasks: [task] = [], failures: [failure] = [] } = await world.run(input);
        return task?.ephemeralStorage?.sizeInGiB ?? failure;
      };
      expect(await started([{ name: 'gantry.storage-gib', value: '49' }])).toMatchObject({
        detail: expect.stringContaining('ephemeralStorage of 50 GiB'),
      });
      expect(await started([{ name: 'gantry.storage-gib', value: '50' }])).toBe(50);
      expect(await started([])).toBe(50);
    },
  );

  test('[PLC-13] tells which instances a constraint refuses', async () => {
    const world = await aWorld(BRIDGE);
    await storeHosts(world.context.store, [anInstance({ instanceId: 'i2' })]);
    const answer = await world.run({
      launchType: 'EC2',
      networkConfiguration: undefined,
      count: 3,
      placementConstraints: [{ type: 'distinctInstance' }],
    });
    expect(answer.tasks).toHaveLength(2);
    expect(answer.failures?.map(({ arn, reason }) => [arn?.slice(-2), reason])).toEqual([
      ['i1', 'DistinctInstance placement constraint unsatisfied.'],
      ['i2', 'DistinctInstance placement constraint unsatisfied.'],
    ]);
  });

  test('[IDM-1] the same token and request answer the same tasks, another request conflicts', async () => {
    const world = await aWorld();
    const first = await world.run({ clientToken: 'token', count: 2 });
    const again = await world.run({ clientToken: 'token', count: 2 });
    expect(again.tasks?.map(({ taskArn }) => taskArn)).toEqual(first.tasks?.map(({ taskArn }) => taskArn));
    expect(world.context.store.read((tx) => tx.all(tasks))).toHaveLength(2);
    await expect(world.run({ clientToken: 'token', count: 3 })).rejects.toMatchObject({
      code: 'ConflictException',
      members: { resourceIds: first.tasks?.map(({ taskArn }) => taskArn) },
    });
  });

  test('[TSK-5] follows a strategy over the providers of FARGATE', async () => {
    const world = await aWorld({}, { capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
    const strategy = [
      { capacityProvider: 'FARGATE', base: 1, weight: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: 3 },
    ];
    const answer = await world.run({ launchType: undefined, capacityProviderStrategy: strategy, count: 5 });
    expect(answer.tasks?.map(({ capacityProviderName }) => capacityProviderName).sort()).toEqual([
      'FARGATE',
      'FARGATE',
      'FARGATE_SPOT',
      'FARGATE_SPOT',
      'FARGATE_SPOT',
    ]);
    const only = await world.run({
      launchType: undefined,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
    });
    expect(only.tasks).toMatchObject([{ capacityProviderName: 'FARGATE_SPOT' }]);
  });

  test('[TSK-5] without both, the cluster’s default strategy decides', async () => {
    const world = await aWorld(
      {},
      {
        capacityProviders: ['FARGATE'],
        defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
      },
    );
    const answer = await world.run({ launchType: undefined });
    expect(answer.tasks).toMatchObject([{ capacityProviderName: 'FARGATE', launchType: 'FARGATE' }]);
  });

  test('[TSK-9] applies overrides', async () => {
    const world = await aWorld();
    await world.trust('task', 'ecs-tasks.amazonaws.com');
    const overrides = {
      cpu: '512',
      memory: '1 GB',
      taskRoleArn: 'task',
      containerOverrides: [
        { name: 'app', command: ['x'], cpu: 7, memory: 100, environment: [{ name: 'A', value: 'b' }] },
      ],
    };
    const { tasks: started } = await world.run({ overrides });
    expect(started).toMatchObject([
      { cpu: '512', memory: '1024', overrides, containers: [{ cpu: '7', memory: '100' }] },
    ]);
    const [row] = world.context.store.read((tx) => tx.all(tasks));
    expect(row).toMatchObject({
      taskRoleArn: 'arn:aws:iam::123456789012:role/task',
      taskRoleCredentialsId: expect.any(String),
    });
  });

  test('[TSK-4] propagates the tags of the definition', async () => {
    const world = await aWorld();
    const { tasks: started } = await world.run({
      propagateTags: 'TASK_DEFINITION',
      tags: [{ key: 'a', value: 'b' }],
    });
    expect(started).toMatchObject([{ tags: [{ key: 'a', value: 'b' }] }]);
  });

  test.each<{
    name: string;
    input: Partial<RunTaskRequest>;
    document?: Partial<TaskDefinition>;
    code?: string;
    message: string | RegExp;
  }>([
    {
      name: 'an unknown cluster',
      input: { cluster: 'nope' },
      code: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    },
    {
      name: 'an unknown definition',
      input: { taskDefinition: 'nope' },
      code: 'ClientException',
      message: 'TaskDefinition not found.',
    },
    { name: 'too many tasks', input: { count: 11 }, message: /count/ },
    { name: 'no task', input: { count: 0 }, message: /count/ },
    { name: 'a bad startedBy', input: { startedBy: 'a b' }, message: /startedBy/ },
    { name: 'a bad token', input: { clientToken: 'a b' }, message: /clientToken/ },
    { name: 'a bad tag', input: { tags: [{ key: 'aws:x', value: '' }] }, message: /aws:/ },
    { name: 'tags of a service', input: { propagateTags: 'SERVICE' }, message: /propagateTags/ },
    {
      name: '[EXE-2] exec without a task role',
      input: { enableExecuteCommand: true },
      message:
        'The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.',
    },
    {
      name: 'volumes',
      input: { volumeConfigurations: [{ name: 'v' }] },
      code: 'UnsupportedFeatureException',
      message: 'volumeConfigurations is not supported yet.',
    },
    {
      name: 'managed instances',
      input: { launchType: 'MANAGED_INSTANCES' },
      code: 'UnsupportedFeatureException',
      message: /launchType/,
    },
    {
      name: 'constraints on FARGATE',
      input: { placementConstraints: [{ type: 'distinctInstance' }] },
      message: 'Placement constraints are not supported with FARGATE launch type.',
    },
    {
      name: 'strategies on FARGATE',
      input: { placementStrategy: [{ type: 'random' }] },
      message: 'Placement strategies are not supported with FARGATE launch type.',
    },
    {
      name: 'an unknown platform',
      input: { platformVersion: '9.9.9' },
      code: 'PlatformUnknownException',
      message: 'The specified platform does not exist.',
    },
    {
      name: 'no network',
      input: { networkConfiguration: undefined },
      message: "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    },
    { name: 'no subnets', input: network([]), message: 'subnets can not be empty.' },
    {
      name: 'an unknown subnet',
      input: network(['subnet-x']),
      message:
        "Error retrieving subnet information for [subnet-x]: The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
    },
    {
      name: 'both launch type and strategy',
      input: { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
      message: /^Specifying both a launch type and capacity provider strategy/,
    },
    {
      name: 'a provider that is not associated',
      input: { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'mine' }] },
      message: /not associated with the cluster/,
    },
    {
      name: 'a definition that FARGATE cannot run',
      input: {},
      document: { ...BRIDGE },
      message: 'Task definition does not support launch_type FARGATE.',
    },
    {
      name: 'a network for bridge mode',
      input: { launchType: 'EC2', ...network(['subnet-x']) },
      document: BRIDGE,
      message: 'Network Configuration is not valid for the given networkMode of this task definition.',
    },
    {
      name: 'a platform on EC2',
      input: { launchType: 'EC2', platformVersion: '1.4.0', networkConfiguration: undefined },
      document: BRIDGE,
      message: 'The platform version must be null when specifying an EC2 launch type.',
    },
    {
      name: 'a constraint that does not read',
      input: {
        launchType: 'EC2',
        networkConfiguration: undefined,
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:a' }],
      },
      document: BRIDGE,
      message: 'memberOf expression is not valid: expected an operator (character 12).',
    },
    {
      name: 'binpack by instance',
      input: {
        launchType: 'EC2',
        networkConfiguration: undefined,
        placementStrategy: [{ type: 'binpack', field: 'instanceId' }],
      },
      document: BRIDGE,
      message: "binpack field 'instanceId' is invalid.",
    },
    {
      name: 'a public address on EC2',
      input: {
        launchType: 'EC2',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['first'], assignPublicIp: 'ENABLED' } },
      },
      message: 'Assign public IP is not supported for this launch type.',
    },
    {
      name: 'an override of an unknown container',
      input: { overrides: { containerOverrides: [{ name: 'nope' }] } },
      message: 'Override for container named nope is not a container in the TaskDefinition.',
    },
    {
      name: 'an override above the task’s memory',
      input: { overrides: { containerOverrides: [{ name: 'app', memory: 513 }] } },
      message: "'memory' setting for container 'app' is greater than for task.",
    },
    {
      name: 'a size that FARGATE does not have',
      input: { overrides: { cpu: '256', memory: '4096' } },
      message:
        'No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
    },
    {
      name: 'a size that is none',
      input: { overrides: { cpu: 'lots' } },
      message: "Invalid 'cpu' setting for task.",
    },
    {
      name: 'overrides that are too long',
      input: { overrides: { containerOverrides: [{ name: 'app', command: ['x'.repeat(8192)] }] } },
      message: 'Container Overrides length must be at most 8192',
    },
    {
      name: 'environment files that are no objects',
      input: {
        overrides: { containerOverrides: [{ name: 'app', environmentFiles: [{ type: 's3', value: 'x' }] }] },
      },
      message: 'Invalid arn syntax.',
    },
    {
      name: 'a role that is not there',
      input: { overrides: { taskRoleArn: 'arn:aws:iam::123456789012:role/nope' } },
      code: 'ClientException',
      message:
        /^ECS was unable to assume the role 'arn:aws:iam::123456789012:role\/nope' that was provided for this task\./,
    },
    {
      name: 'a role that trusts another service',
      input: { overrides: { executionRoleArn: 'lambda' } },
      code: 'ClientException',
      message: /^ECS was unable to assume the role 'arn:aws:iam::123456789012:role\/lambda'/,
    },
  ])('[TSK-7] refuses $name', async ({ input, document, code = 'InvalidParameterException', message }) => {
    const world = await aWorld(document);
    await world.trust('lambda', 'lambda.amazonaws.com');
    await expect(world.run(input)).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(world.context.store.read((tx) => tx.all(tasks))).toEqual([]);
  });

  test('[TSK-7] refuses a definition that is INACTIVE and a cluster without instances', async () => {
    const world = await aWorld(BRIDGE);
    await world.context.store.write((tx) => {
      for (const host of tx.all(containerInstances))
        tx.put(containerInstances, { ...host, status: 'INACTIVE' });
    });
    await expect(world.run({ launchType: 'EC2', networkConfiguration: undefined })).rejects.toMatchObject({
      message: 'No Container Instances were found in your cluster.',
    });
  });

  test('[NET-5] an interface without groups gets the group `default`, one with groups those alone', async () => {
    const world = await aWorld();
    const [fallback] = world.context.store.read((tx) => tx.all(securityGroups));
    await world.context.store.write((tx) => {
      if (fallback !== undefined) tx.put(securityGroups, { ...fallback, groupId: 'sg-0', groupName: 'own' });
    });
    const groupsOf = async (given?: readonly string[]) => {
      const { tasks: [task] = [] } = await world.run({
        networkConfiguration: { awsvpcConfiguration: { subnets: ['first'], securityGroups: given } },
      });
      const row = world.context.store.read((tx) => tx.get(tasks, task?.taskArn ?? ''));
      return row?.networkInterface?.securityGroupIds;
    };
    expect(fallback?.groupName).toBe('default');
    for (const none of [undefined, []]) expect(await groupsOf(none)).toEqual([fallback?.groupId]);
    expect(await groupsOf(['sg-0'])).toEqual(['sg-0']);
  });

  test('[TSK-8] refuses unknown, blank and foreign security groups', async () => {
    const world = await aWorld();
    const withGroup = (id: string) =>
      world.run({
        networkConfiguration: { awsvpcConfiguration: { subnets: ['first'], securityGroups: [id] } },
      });
    await expect(withGroup(' ')).rejects.toMatchObject({ message: 'security group cannot be blank' });
    await expect(withGroup('sg-x')).rejects.toMatchObject({
      message: expect.stringMatching(/^Error retrieving security group information for \[sg-x\]/),
    });
    await world.context.store.write((tx) => {
      tx.put(securityGroups, { groupId: 'sg-y', groupName: 'y', description: '', vpcId: 'vpc-other' });
    });
    await expect(withGroup('sg-y')).rejects.toMatchObject({ message: expect.stringMatching(/same VPC/) });
  });
});

function network(ids: readonly string[]): Partial<RunTaskRequest> {
  return { networkConfiguration: { awsvpcConfiguration: { subnets: ids } } };
}

/** A cluster with one pool host, one instance and the definition `web:1`. The subnet `first` stands for the first one. */
async function aWorld(document: Partial<TaskDefinition> = {}, cluster: Parameters<typeof aCluster>[1] = {}) {
  const context = await aContext();
  const { store } = context;
  await aCluster(context, cluster);
  const pool = aPoolHost({ instanceId: 'h1' });
  await storeHosts(store, [pool, anInstance({ instanceId: 'i1' })]);
  await storeDefinition(store, document);
  const [subnet] = store.read((tx) => tx.all(subnets));
  const first = subnet?.subnetId ?? '';
  const named = (input: RunTaskRequest): RunTaskRequest => {
    const vpc = input.networkConfiguration?.awsvpcConfiguration;
    if (vpc === undefined) return input;
    const ids = vpc.subnets.map((id) => (id === 'first' ? first : id));
    return { ...input, networkConfiguration: { awsvpcConfiguration: { ...vpc, subnets: ids } } };
  };
  return {
    context,
    run: async (input: Partial<RunTaskRequest>) =>
      runTask(
        context,
        named({ taskDefinition: 'web', launchType: 'FARGATE', ...network(['first']), ...input }),
      ),
    setPool: (patch: Partial<ContainerInstance>) => storeHosts(store, [{ ...pool, ...patch }]),
    trust: (roleName: string, service: string) =>
      store.write((tx) => {
        const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
        tx.put(roles, {
          roleName,
          roleId: 'AROA',
          arn: `arn:aws:iam::123456789012:role/${roleName}`,
          path: '/',
          createdAt: context.clock.now(),
          maxSessionDurationSeconds: 3600,
          assumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
          inlinePolicies: {},
          attachedPolicyArns: [],
          tags: [],
        });
      }),
  };
}
