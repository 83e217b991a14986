import { describe, expect, test } from 'vitest';
import { services, subnets } from '../../records/collections.ts';
import { aPoolHost, storeDefinition, storeHosts } from '../../records/testing.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext } from '../testing.ts';
import { createService } from './create-service.ts';
import { deleteCluster } from './delete-cluster.ts';
import { describeCapacityProviders } from './describe-capacity-providers.ts';
import {
  createCapacityProvider,
  deleteCapacityProvider,
  updateCapacityProvider,
} from './own-capacity-providers.ts';
import { putClusterCapacityProviders } from './put-cluster-capacity-providers.ts';
import { registerContainerInstance } from './register-container-instance.ts';
import { runTask } from './run-task.ts';
import { stopTask } from './stop-task.ts';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:capacity-provider/';
const BOTH = ['FARGATE', 'FARGATE_SPOT'];

describe('describeCapacityProviders', () => {
  test('[CAP-1] the two of FARGATE are always there', async () => {
    const context = await aContext();
    const { capacityProviders } = await describeCapacityProviders(context, {});
    expect(capacityProviders).toEqual(
      BOTH.map((name) => ({ capacityProviderArn: ARN + name, name, type: name, status: 'ACTIVE', tags: [] })),
    );
  });

  test('[CAP-2] by name, by ARN, and what is missing', async () => {
    const context = await aContext();
    const answer = await describeCapacityProviders(context, {
      capacityProviders: [`${ARN}FARGATE_SPOT`, 'mine', 'FARGATE'],
    });
    expect(answer.capacityProviders?.map(({ name }) => name)).toEqual(['FARGATE_SPOT', 'FARGATE']);
    expect(answer.failures).toEqual([{ arn: `${ARN}mine`, reason: 'MISSING' }]);
  });

  test('[CAP-2] those of a cluster, in pages', async () => {
    const context = await aContext();
    await aCluster(context, { capacityProviders: ['FARGATE_SPOT'] });
    const ofCluster = await describeCapacityProviders(context, { cluster: 'default' });
    expect(ofCluster.capacityProviders?.map(({ name }) => name)).toEqual(['FARGATE_SPOT']);
    const first = await describeCapacityProviders(context, { maxResults: 1 });
    const { nextToken } = first;
    const last = await describeCapacityProviders(context, { maxResults: 1, nextToken });
    expect([first, last].map(({ capacityProviders }) => capacityProviders?.[0]?.name)).toEqual(BOTH);
    expect(last.nextToken).toBeUndefined();
    expect(() => describeCapacityProviders(context, { maxResults: 11 })).toThrow('between 1 and 10');
  });
});

async function aFargateCluster() {
  const context = await aContext();
  await aCluster(context, { capacityProviders: BOTH });
  await storeHosts(context.store, [aPoolHost({ instanceId: 'h1' })]);
  await storeDefinition(context.store);
  const [subnet] = context.store.read((tx) => tx.all(subnets));
  const networkConfiguration = { awsvpcConfiguration: { subnets: [subnet?.subnetId ?? ''] } };
  const capacityProviderStrategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
  return { context, work: { taskDefinition: 'web', networkConfiguration, capacityProviderStrategy } };
}

const NO_SPOT: EcsOperations['PutClusterCapacityProviders']['input'] = {
  cluster: 'default',
  capacityProviders: ['FARGATE'],
  defaultCapacityProviderStrategy: [],
};
const IN_USE = {
  code: 'ResourceInUseException',
  message: 'The specified capacity provider is in use and cannot be removed.',
};

describe('putClusterCapacityProviders', () => {
  test('[CAP-3] replaces both lists', async () => {
    const context = await aContext();
    await aCluster(context);
    const put = await putClusterCapacityProviders(context, {
      cluster: 'default',
      capacityProviders: BOTH,
      defaultCapacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 4 },
      ],
    });
    expect(put.cluster).toMatchObject({
      capacityProviders: BOTH,
      defaultCapacityProviderStrategy: [
        { capacityProvider: 'FARGATE', weight: 0, base: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 4, base: 0 },
      ],
    });
    const emptied = await putClusterCapacityProviders(context, { ...NO_SPOT, capacityProviders: [] });
    expect(emptied.cluster).toMatchObject({ capacityProviders: [], defaultCapacityProviderStrategy: [] });
  });

  test('[CAP-3] a provider that a service uses stays, also while it drains', async () => {
    const { context, work } = await aFargateCluster();
    await createService(context, { ...work, serviceName: 'web', desiredCount: 0 });
    await expect(putClusterCapacityProviders(context, NO_SPOT)).rejects.toMatchObject(IN_USE);
    const setStatus = (status: 'DRAINING' | 'INACTIVE') =>
      context.store.write((tx) => {
        for (const service of tx.all(services)) tx.put(services, { ...service, status });
      });
    await setStatus('DRAINING');
    await expect(putClusterCapacityProviders(context, NO_SPOT)).rejects.toMatchObject(IN_USE);
    await setStatus('INACTIVE');
    await expect(putClusterCapacityProviders(context, NO_SPOT)).resolves.toBeDefined();
  });

  test('[CAP-3] a provider that a task runs on stays until the task has stopped', async () => {
    const { context, work } = await aFargateCluster();
    const { tasks = [] } = await runTask(context, work);
    await expect(putClusterCapacityProviders(context, NO_SPOT)).rejects.toMatchObject(IN_USE);
    await stopTask(context, { task: tasks[0]?.taskArn ?? '' });
    await expect(putClusterCapacityProviders(context, NO_SPOT)).rejects.toMatchObject(IN_USE);
  });

  test.each<[string, Partial<EcsOperations['PutClusterCapacityProviders']['input']>, RegExp]>([
    [
      'unknown providers',
      { capacityProviders: ['mine'] },
      /^The specified capacity provider does not exist\./,
    ],
    [
      'a strategy of others',
      { defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] },
      /not associated with the cluster/,
    ],
    [
      'two bases',
      {
        capacityProviders: BOTH,
        defaultCapacityProviderStrategy: BOTH.map((capacityProvider) => ({
          capacityProvider,
          base: 1,
          weight: 1,
        })),
      },
      /multiple capacity providers with a base value defined/,
    ],
    [
      'no weight among several',
      {
        capacityProviders: BOTH,
        defaultCapacityProviderStrategy: BOTH.map((capacityProvider) => ({ capacityProvider })),
      },
      /weight value greater than zero/,
    ],
    ['no cluster', { cluster: 'nope' }, /^Cluster not found\./],
  ])('[CAP-3] refuses %s', async (_, change, message) => {
    const { context } = await aFargateCluster();
    const call = async () => putClusterCapacityProviders(context, { ...NO_SPOT, ...change });
    await expect(call()).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });
});

const TEMPLATE = {
  ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/hosts',
  networkConfiguration: { subnets: ['subnet-1'] },
};
const MANAGED = {
  infrastructureRoleArn: 'arn:aws:iam::123456789012:role/infrastructure',
  instanceLaunchTemplate: TEMPLATE,
};
const TOTALS = [
  { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
  { name: 'MEMORY', type: 'INTEGER', integerValue: 2048 },
];
const joining = (name: string) => ({
  totalResources: TOTALS,
  attributes: [{ name: 'gantry.capacity-provider', value: name }],
});

describe('providers of one’s own', () => {
  test.each([
    ['fargate-mine', {}, 'InvalidParameterException', /cannot be prefixed with "aws", "ecs", or "fargate"/],
    ['mine', {}, 'UnsupportedFeatureException', /^autoScalingGroupProvider/],
    [
      'mine',
      { managedInstancesProvider: { ...MANAGED, autoRepairConfiguration: { actionsStatus: 'ENABLED' } } },
      'UnsupportedFeatureException',
      /^managedInstancesProvider\.autoRepairConfiguration/,
    ],
    [
      'mine',
      {
        managedInstancesProvider: {
          ...MANAGED,
          instanceLaunchTemplate: { ...TEMPLATE, capacityOptionType: 'SPOT' },
        },
      },
      'UnsupportedFeatureException',
      /^managedInstancesProvider\.instanceLaunchTemplate\.capacityOptionType/,
    ],
    [
      'mine',
      { managedInstancesProvider: { ...MANAGED, infrastructureRoleArn: 'role' } },
      'InvalidParameterException',
      /^infrastructureRoleArn/,
    ],
  ])('[CAP-4] %s %j cannot be made', async (name, provider, code, message) => {
    const context = await aContext();
    await aCluster(context);
    const call = async () => createCapacityProvider(context, { name, ...provider } as never);
    await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('[CAP-5] one is made for a cluster, described, kept by other changes, and deleted', async () => {
    const context = await aContext();
    await aCluster(context);
    const made = await createCapacityProvider(context, { name: 'mine', managedInstancesProvider: MANAGED });
    const shape = {
      capacityProviderArn: `${ARN}mine`,
      name: 'mine',
      cluster: 'default',
      type: 'MANAGED_INSTANCES',
      status: 'ACTIVE',
      managedInstancesProvider: { ...MANAGED, propagateTags: 'NONE' },
      tags: [],
    };
    expect(made.capacityProvider).toEqual(shape);
    const again = createCapacityProvider(context, { name: 'mine', managedInstancesProvider: MANAGED });
    await expect(again).rejects.toMatchObject({ code: 'ClientException', message: /already exists/ });
    const put = await putClusterCapacityProviders(context, NO_SPOT);
    expect(put.cluster?.capacityProviders).toEqual(['FARGATE', 'mine']);
    const listed = await describeCapacityProviders(context, {
      cluster: 'default',
      capacityProviders: ['mine'],
    });
    expect(listed.capacityProviders).toEqual([shape]);
    await expect(deleteCluster(context, { cluster: 'default' })).rejects.toMatchObject({
      code: 'ClusterContainsCapacityProviderException',
    });
    const gone = await deleteCapacityProvider(context, { capacityProvider: `${ARN}mine` });
    expect(gone.capacityProvider).toMatchObject({ status: 'INACTIVE' });
    const { failures } = await describeCapacityProviders(context, { capacityProviders: ['mine'] });
    expect(failures).toEqual([{ arn: `${ARN}mine`, reason: 'MISSING' }]);
  });

  test('[CAP-6] a host joins the provider that it names, which then cannot be deleted', async () => {
    const context = await aContext();
    await aCluster(context);
    await aCluster(context, { clusterName: 'other' });
    await createCapacityProvider(context, { name: 'mine', managedInstancesProvider: MANAGED });
    const { containerInstance } = await registerContainerInstance(context, joining('mine'));
    expect(containerInstance).toMatchObject({ capacityProviderName: 'mine' });
    const deletion = deleteCapacityProvider(context, { capacityProvider: 'mine' });
    await expect(deletion).rejects.toMatchObject(IN_USE);
    for (const request of [joining('nobodys'), { ...joining('mine'), cluster: 'other' }])
      await expect(registerContainerInstance(context, request)).rejects.toMatchObject({
        message: /capacity provider does not exist/,
      });
  });

  test('[CAP-6] tasks are not shared out among providers of one’s own', async () => {
    const { context, work } = await aFargateCluster();
    await createCapacityProvider(context, { name: 'mine', managedInstancesProvider: MANAGED });
    const strategy = [{ capacityProvider: 'mine', weight: 1 }];
    const refusal = { code: 'UnsupportedFeatureException' };
    const put = { ...NO_SPOT, defaultCapacityProviderStrategy: strategy };
    await expect(putClusterCapacityProviders(context, put)).rejects.toMatchObject(refusal);
    const run = async () => runTask(context, { ...work, capacityProviderStrategy: strategy });
    await expect(run()).rejects.toMatchObject(refusal);
  });

  test('[CAP-4] those of FARGATE cannot be changed, others are not there', async () => {
    const context = await aContext();
    const update = updateCapacityProvider(context, { name: 'FARGATE' });
    await expect(update).rejects.toThrow('cannot be changed');
    const deletion = deleteCapacityProvider(context, { capacityProvider: 'mine' });
    await expect(deletion).rejects.toThrow('does not exist');
  });
});
