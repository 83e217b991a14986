import { describe, expect, test } from 'vitest';
import { aTask } from '../../core/task/testing.ts';
import type { Task } from '../../domain/task.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import type { RegisterContainerInstanceRequest, Resource } from '../../shapes/generated/ecs.ts';
import type { Context } from '../operation.ts';
import { aCluster, aContext, TEST_START } from '../testing.ts';
import { deregisterContainerInstance } from './deregister-container-instance.ts';
import { describeContainerInstances } from './describe-container-instances.ts';
import { discoverPollEndpoint } from './discover-poll-endpoint.ts';
import { listContainerInstances } from './list-container-instances.ts';
import { registerContainerInstance } from './register-container-instance.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:container-instance/';

const TOTALS: readonly Resource[] = [
  { name: 'CPU', type: 'INTEGER', integerValue: 4096 },
  { name: 'MEMORY', type: 'INTEGER', integerValue: 7900 },
  { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '2375', '2376', '51678', '51679'] },
  { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
];

/** As an agent sends it on a machine outside of AWS. */
const aRequest = (
  overrides: Partial<RegisterContainerInstanceRequest> = {},
): RegisterContainerInstanceRequest => ({
  cluster: 'default',
  instanceIdentityDocument: '',
  instanceIdentityDocumentSignature: '',
  totalResources: TOTALS,
  attributes: [
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-type-detailed', value: 'Debian GNU/Linux 12 (bookworm)' },
    { name: 'ecs.cpu-architecture', value: 'x86_64' },
    { name: 'ecs.capability.task-eni' },
    { name: 'stack', value: 'prod' },
  ],
  ...overrides,
});

const register = async (context: Context, overrides: Partial<RegisterContainerInstanceRequest> = {}) => {
  const { containerInstance } = await registerContainerInstance(context, aRequest(overrides));
  if (containerInstance === undefined) throw new Error('no container instance in the answer');
  return { ...containerInstance, containerInstanceArn: containerInstance.containerInstanceArn ?? '' };
};

const aTaskOn = (instanceArn: string, lastStatus: Task['lastStatus']): Task =>
  aTask({ taskArn: `arn:task/${lastStatus}`, launchType: 'EC2', instanceArn, lastStatus });

const attributeValue = (
  attributes: readonly { name: string; value?: string | undefined }[] | undefined,
  name: string,
) => attributes?.find((attribute) => attribute.name === name)?.value;

describe('registerContainerInstance', () => {
  test('[INS-4] echoes every attribute with its value and adds what only the server knows', async () => {
    const context = await aContext();
    await aCluster(context);
    const instance = await register(context);
    for (const { name, value } of aRequest().attributes ?? []) {
      expect(instance.attributes).toContainEqual(value === undefined ? { name } : { name, value });
    }
    expect(attributeValue(instance.attributes, 'ecs.availability-zone')).toBe('us-east-1a');
    expect(attributeValue(instance.attributes, 'ecs.os-family')).toBe('LINUX');
    expect(attributeValue(instance.attributes, 'ecs.subnet-id')).toMatch(/^subnet-/);
  });

  test('[INS-3] answers what was offered and what is left', async () => {
    const context = await aContext();
    await aCluster(context);
    const instance = await register(context);
    expect(instance).toMatchObject({
      status: 'ACTIVE',
      version: 1,
      agentConnected: false,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      registeredAt: TEST_START,
      ec2InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
    });
    expect(instance.containerInstanceArn.startsWith(`${PREFIX}default/`)).toBe(true);
    expect(instance.registeredResources).toEqual(instance.remainingResources);
    expect(instance.registeredResources).toEqual([
      { name: 'CPU', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 4096 },
      { name: 'MEMORY', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 7900 },
      {
        name: 'PORTS',
        type: 'STRINGSET',
        doubleValue: 0,
        longValue: 0,
        integerValue: 0,
        stringSetValue: ['22', '2375', '2376', '51678', '51679'],
      },
      {
        name: 'PORTS_UDP',
        type: 'STRINGSET',
        doubleValue: 0,
        longValue: 0,
        integerValue: 0,
        stringSetValue: [],
      },
    ]);
  });

  test('[INS-4] an identity document says what and where the instance is', async () => {
    const context = await aContext();
    await aCluster(context);
    const instance = await register(context, {
      attributes: [],
      instanceIdentityDocument: JSON.stringify({
        instanceId: 'i-0123456789abcdef0',
        availabilityZone: 'us-east-1b',
        instanceType: 't3.micro',
        imageId: 'ami-1',
        architecture: 'arm64',
      }),
    });
    expect(instance.ec2InstanceId).toBe('i-0123456789abcdef0');
    expect(attributeValue(instance.attributes, 'ecs.availability-zone')).toBe('us-east-1b');
    expect(attributeValue(instance.attributes, 'ecs.instance-type')).toBe('t3.micro');
    expect(attributeValue(instance.attributes, 'ecs.cpu-architecture')).toBe('arm64');
  });

  test('[INS-1] a pool host is in no cluster and needs none', async () => {
    const context = await aContext();
    await aCluster(context);
    const attributes = [{ name: 'gantry.pool', value: 'FARGATE' }];
    const instance = await register(context, { attributes, cluster: 'nope' });
    expect(instance.containerInstanceArn.startsWith(`${PREFIX}gantry-fargate-pool/`)).toBe(true);
    expect(attributeValue(instance.attributes, 'ecs.availability-zone')).toBe('us-east-1a');
    expect(
      context.store.read((tx) => tx.get(containerInstances, instance.containerInstanceArn)),
    ).toMatchObject({
      pool: 'FARGATE',
      launchType: 'FARGATE',
    });
    expect(await listContainerInstances(context, {})).toEqual({ containerInstanceArns: [] });
    expect(await listContainerInstances(context, { cluster: 'gantry-fargate-pool' })).toEqual({
      containerInstanceArns: [instance.containerInstanceArn],
    });
  });

  test('[INS-2] an external host has a managed instance id and launch type EXTERNAL', async () => {
    const context = await aContext();
    await aCluster(context);
    const instance = await register(context, { attributes: [{ name: 'ecs.capability.external' }] });
    expect(instance.ec2InstanceId).toMatch(/^mi-[0-9a-f]{17}$/);
    const row = context.store.read((tx) => tx.get(containerInstances, instance.containerInstanceArn));
    expect(row?.launchType).toBe('EXTERNAL');
  });

  test('[INS-5] a host that comes back keeps its ARN, its status and its own attributes, and renews the rest', async () => {
    const context = await aContext();
    await aCluster(context);
    const first = await register(context, { clientToken: 'start-1' });
    const again = await register(context, {
      containerInstanceArn: first.containerInstanceArn,
      clientToken: 'start-2',
      attributes: [{ name: 'ecs.capability.secrets' }, { name: 'ecs.os-type', value: 'linux' }],
      totalResources: TOTALS.map((resource) =>
        resource.name === 'CPU' ? { ...resource, integerValue: 2048 } : resource,
      ),
    });
    expect(again.containerInstanceArn).toBe(first.containerInstanceArn);
    expect(again.version).toBe(2);
    expect(again.registeredResources?.[0]?.integerValue).toBe(2048);
    const names = again.attributes?.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['stack', 'ecs.capability.secrets', 'ecs.availability-zone']),
    );
    expect(names).not.toContain('ecs.capability.task-eni');
  });

  test('[INS-5] the same client token is the same call', async () => {
    const context = await aContext();
    await aCluster(context);
    const first = await register(context, { clientToken: 'once' });
    expect(await register(context, { clientToken: 'once' })).toEqual(first);
    expect((await register(context, { clientToken: 'twice' })).containerInstanceArn).not.toBe(
      first.containerInstanceArn,
    );
  });

  test('[INS-1] an unknown cluster is not made', async () => {
    const context = await aContext();
    await expect(register(context)).rejects.toMatchObject({
      code: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });

  test('[INS-5] a deregistered host cannot come back, nor one of another kind', async () => {
    const context = await aContext();
    await aCluster(context);
    const { containerInstanceArn } = await register(context);
    const attributes = [{ name: 'ecs.capability.external' }];
    await expect(register(context, { containerInstanceArn, attributes })).rejects.toMatchObject({
      code: 'ClientException',
      message: 'Container instance type changes are not supported.',
    });
    await deregisterContainerInstance(context, { containerInstance: containerInstanceArn });
    await expect(register(context, { containerInstanceArn })).rejects.toMatchObject({
      code: 'ClientException',
    });
  });

  test.each([
    {
      name: 'a device of another type',
      overrides: { platformDevices: [{ id: '1', type: 'TPU' as 'GPU' }] },
      message: 'platformDevices of type TPU is not supported yet.',
    },
    {
      name: 'another resource',
      overrides: { totalResources: [...TOTALS, { name: 'NEURON_CORES', type: 'INTEGER', integerValue: 2 }] },
      message: 'totalResources NEURON_CORES is not supported yet.',
    },
    { name: 'no CPU', overrides: { totalResources: TOTALS.slice(1) }, message: 'Invalid resource: CPU' },
    {
      name: 'a bad port',
      overrides: {
        totalResources: [...TOTALS.slice(0, 2), { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['x'] }],
      },
      message: 'Invalid resource: PORTS',
    },
  ])('[INS-3] refuses $name', async ({ overrides, message }) => {
    const context = await aContext();
    await aCluster(context);
    await expect(register(context, overrides)).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message,
    });
  });
});

describe('describeContainerInstances', () => {
  test('[INS-7] by id and by ARN, with what its tasks hold', async () => {
    const context = await aContext();
    await aCluster(context);
    const { containerInstanceArn } = await register(context);
    await context.store.write((tx) => {
      const row = tx.get(containerInstances, containerInstanceArn);
      if (row === undefined) throw new Error('no row');
      tx.put(containerInstances, {
        ...row,
        reserved: { cpuUnits: 96, memoryMib: 900, tcpPorts: [8080], udpPorts: [] },
      });
      for (const status of ['PENDING', 'RUNNING', 'STOPPED'] as const)
        tx.put(tasks, aTaskOn(containerInstanceArn, status));
    });
    const id = containerInstanceArn.slice(containerInstanceArn.lastIndexOf('/') + 1);
    const answer = await describeContainerInstances(context, { containerInstances: [id, 'nope'] });
    expect(answer.failures).toEqual([{ arn: `${PREFIX}default/nope`, reason: 'MISSING' }]);
    const [instance] = answer.containerInstances ?? [];
    expect(instance).toMatchObject({ containerInstanceArn, runningTasksCount: 1, pendingTasksCount: 1 });
    expect(instance?.remainingResources?.map((left) => left.stringSetValue ?? left.integerValue)).toEqual([
      4000,
      7000,
      ['22', '2375', '2376', '51678', '51679', '8080'],
      [],
    ]);
  });

  test('[INS-7] an instance of another cluster is missing', async () => {
    const context = await aContext();
    await aCluster(context);
    await aCluster(context, { clusterName: 'other' });
    const { containerInstanceArn } = await register(context);
    const answer = await describeContainerInstances(context, {
      cluster: 'other',
      containerInstances: [containerInstanceArn],
    });
    expect(answer).toEqual({
      containerInstances: [],
      failures: [{ arn: containerInstanceArn, reason: 'MISSING' }],
    });
  });

  test('[INS-7] refuses an empty list', async () => {
    const context = await aContext();
    expect(() => describeContainerInstances(context, { containerInstances: [] })).toThrow(
      'Container instances cannot be empty.',
    );
  });
});

describe('listContainerInstances', () => {
  test('[INS-8] lists by status, in pages', async () => {
    const context = await aContext();
    await aCluster(context);
    const arns = [];
    for (let count = 0; count < 3; count += 1) arns.push((await register(context)).containerInstanceArn);
    await deregisterContainerInstance(context, { containerInstance: arns[1] ?? '' });
    const first = await listContainerInstances(context, { maxResults: 1 });
    expect(first.containerInstanceArns).toEqual([arns[0]]);
    expect(await listContainerInstances(context, { nextToken: first.nextToken })).toEqual({
      containerInstanceArns: [arns[2]],
    });
    expect(await listContainerInstances(context, { status: 'DRAINING' })).toEqual({
      containerInstanceArns: [],
    });
  });
});

describe('deregisterContainerInstance', () => {
  test('[INS-9] refuses a host with tasks, unless by force', async () => {
    const context = await aContext();
    await aCluster(context);
    const { containerInstanceArn } = await register(context);
    await context.store.write((tx) => tx.put(tasks, aTaskOn(containerInstanceArn, 'RUNNING')));
    const input = { containerInstance: containerInstanceArn };
    await expect(deregisterContainerInstance(context, input)).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Found running tasks on the instance.',
    });
    const forced = await deregisterContainerInstance(context, { ...input, force: true });
    expect(forced.containerInstance).toMatchObject({ status: 'INACTIVE', version: 2 });
  });
});

test('[INS-10] discoverPollEndpoint names a path of our own address for each socket', async () => {
  const context = await aContext();
  expect(await discoverPollEndpoint(context, {})).toEqual({
    endpoint: 'http://127.0.0.1:7070/acs/',
    telemetryEndpoint: 'http://127.0.0.1:7070/tcs/',
  });
});
