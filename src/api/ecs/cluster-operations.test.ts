import { describe, expect, test } from 'vitest';
import { aTask } from '../../core/task/testing.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import { clusters, containerInstances, services, tasks } from '../../records/collections.ts';
import { anInstance } from '../../records/testing.ts';
import type { CreateClusterRequest } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext, TEST_START } from '../testing.ts';
import { createCluster } from './create-cluster.ts';
import { deleteCluster } from './delete-cluster.ts';
import { describeClusters } from './describe-clusters.ts';
import { listClusters } from './list-clusters.ts';
import { listServices } from './list-services.ts';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:cluster/';

const EMPTY = {
  clusterArn: `${ARN}default`,
  clusterName: 'default',
  status: 'ACTIVE',
  registeredContainerInstancesCount: 0,
  runningTasksCount: 0,
  pendingTasksCount: 0,
  activeServicesCount: 0,
  statistics: [],
  tags: [],
  settings: [{ name: 'containerInsights', value: 'disabled' }],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
};

const taskIn = (lastStatus: Task['lastStatus'], launchType: Task['launchType'] = 'FARGATE'): Task =>
  aTask({ taskArn: `arn:task/${lastStatus}/${launchType}`, launchType, lastStatus });

const instanceIn = (status: ContainerInstance['status']): ContainerInstance =>
  anInstance({ instanceId: status, status });

const aService = (status: Service['status']): Service =>
  ({
    serviceArn: `arn:service/${status}`,
    clusterArn: `${ARN}default`,
    status,
    spec: { taskDefinitionArn: 'arn', launchType: 'FARGATE' },
    deployments: [],
  }) as unknown as Service;

describe('the member `cluster`', () => {
  test('[CLU-1] is a name or an ARN, `default` when it is not given, and ACTIVE', async () => {
    const context = await aContext();
    const meant = async (cluster?: string) =>
      (await describeClusters(context, cluster === undefined ? {} : { clusters: [cluster] })).clusters?.[0];
    await createCluster(context, {});
    await createCluster(context, { clusterName: 'a' });
    expect((await meant())?.clusterName).toBe('default');
    expect((await meant('a'))?.clusterArn).toBe(`${ARN}a`);
    expect((await meant(`${ARN}a`))?.clusterName).toBe('a');
    for (const cluster of [undefined, '', 'default', 'a', `${ARN}a`])
      expect(await listServices(context, { cluster })).toMatchObject({ serviceArns: [] });
    await aCluster(context, { clusterName: 'gone', status: 'INACTIVE' });
    const inactive = 'The referenced cluster was inactive.';
    for (const [cluster, message] of [
      ['gone', inactive],
      [`${ARN}gone`, inactive],
      ['never', 'Cluster not found.'],
      [`${ARN.replace('us-east-1', 'us-east-2')}a`, 'Cluster not found.'],
    ] as const)
      await expect(Promise.resolve().then(() => listServices(context, { cluster }))).rejects.toMatchObject({
        code: 'ClusterNotFoundException',
        message,
      });
  });
});

describe('createCluster', () => {
  test.each(['enabled', 'disabled', 'enhanced'])('[CLU-4] keeps %s of containerInsights', async (value) => {
    const settings = [{ name: 'containerInsights', value } as const];
    expect((await createCluster(await aContext(), { settings })).cluster?.settings).toEqual(settings);
  });

  test('[CLU-2] without a name makes `default`', async () => {
    const context = await aContext();
    expect(await createCluster(context, {})).toEqual({ cluster: EMPTY });
  });

  test('[CLU-3] of an ACTIVE name answers the one that is there', async () => {
    const context = await aContext();
    const first = await createCluster(context, { clusterName: 'a', tags: [{ key: 'k', value: 'v' }] });
    expect(await createCluster(context, { clusterName: 'a' })).toEqual(first);
  });

  test('[CLU-3] of an INACTIVE name makes it ACTIVE anew', async () => {
    const context = await aContext();
    await createCluster(context, { clusterName: 'a', tags: [{ key: 'k', value: 'v' }] });
    await deleteCluster(context, { cluster: 'a' });
    const again = await createCluster(context, { clusterName: 'a' });
    expect(again.cluster).toMatchObject({ status: 'ACTIVE', tags: [] });
  });

  test('[CLU-8] keeps providers, strategy, settings and configuration', async () => {
    const context = await aContext();
    const { cluster } = await createCluster(context, {
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
      settings: [{ name: 'containerInsights', value: 'enabled' }],
      configuration: { executeCommandConfiguration: { logging: 'DEFAULT' } },
    });
    expect(cluster).toMatchObject({
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }],
      settings: [{ name: 'containerInsights', value: 'enabled' }],
      configuration: { executeCommandConfiguration: { logging: 'DEFAULT' } },
    });
  });

  test.each<[string, CreateClusterRequest, string]>([
    [
      '[CLU-2] a bad name',
      { clusterName: 'a b' },
      'Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was a b',
    ],
    [
      '[CLU-8] an unknown provider',
      { capacityProviders: ['mine'] },
      'The specified capacity provider does not exist. Specify a valid name or ARN and try again.',
    ],
    [
      '[CLU-8] a strategy outside its providers',
      {
        capacityProviders: ['FARGATE'],
        defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
      },
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.',
    ],
    [
      '[CLU-7] a log without OVERRIDE',
      { configuration: { executeCommandConfiguration: { logConfiguration: { s3BucketName: 'b' } } } },
      "You must set logging to 'OVERRIDE' when you supply a log configuration",
    ],
    [
      '[CLU-7] OVERRIDE without a log',
      { configuration: { executeCommandConfiguration: { logging: 'OVERRIDE' } } },
      'A CloudWatch log group name or S3 bucket name must be specified when overriding the default log configuration',
    ],
    [
      'Service Connect',
      { serviceConnectDefaults: { namespace: 'n' } },
      'serviceConnectDefaults is not supported yet.',
    ],
    [
      '[TAG-1] a reserved tag',
      { tags: [{ key: 'aws:x', value: '' }] },
      "Invalid tag key. Keys that start with 'aws:' are reserved.",
    ],
  ])('refuses %s', async (_name, input, message) => {
    const context = await aContext();
    expect(() => createCluster(context, input)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterException', message }),
    );
  });
});

describe('describeClusters', () => {
  test('[CLU-5] answers in order, names what is missing, and leaves out what is not asked for', async () => {
    const context = await aContext();
    await aCluster(context, { clusterName: 'a', tags: [{ key: 'k', value: 'v' }] });
    await aCluster(context);
    const answer = await describeClusters(context, { clusters: [`${ARN}default`, 'nope', 'a'] });
    expect(
      answer.clusters?.map(({ clusterName, tags, settings }) => ({ clusterName, tags, settings })),
    ).toEqual([
      { clusterName: 'default', tags: [], settings: [] },
      { clusterName: 'a', tags: [], settings: [] },
    ]);
    expect(answer.failures).toEqual([{ arn: `${ARN}nope`, reason: 'MISSING' }]);
  });

  test('[CLU-5] an empty request describes `default`', async () => {
    const context = await aContext();
    await aCluster(context);
    const include = ['SETTINGS', 'TAGS', 'CONFIGURATIONS'] as const;
    expect(await describeClusters(context, { include })).toEqual({ clusters: [EMPTY], failures: [] });
  });

  test('[CLU-6] counts tasks, services and instances', async () => {
    const context = await aContext();
    await aCluster(context);
    await context.store.write((tx) => {
      for (const status of ['PROVISIONING', 'PENDING', 'RUNNING', 'STOPPING', 'STOPPED'] as const)
        tx.put(tasks, taskIn(status));
      tx.put(tasks, taskIn('RUNNING', 'EC2'));
      for (const status of ['ACTIVE', 'DRAINING', 'INACTIVE'] as const) {
        tx.put(containerInstances, instanceIn(status));
        tx.put(services, aService(status));
      }
    });
    const { clusters: found = [] } = await describeClusters(context, { include: ['STATISTICS'] });
    expect(found[0]).toMatchObject({
      registeredContainerInstancesCount: 2,
      runningTasksCount: 2,
      pendingTasksCount: 2,
      activeServicesCount: 1,
    });
    expect(found[0]?.statistics?.filter(({ value }) => value !== '0')).toEqual([
      { name: 'runningEC2TasksCount', value: '1' },
      { name: 'runningFargateTasksCount', value: '1' },
      { name: 'pendingFargateTasksCount', value: '2' },
      { name: 'activeFargateServiceCount', value: '1' },
      { name: 'drainingFargateServiceCount', value: '1' },
    ]);
  });
});

describe('listClusters', () => {
  test('[CLU-9] lists ACTIVE clusters in pages', async () => {
    const context = await aContext();
    for (const clusterName of ['a', 'b', 'c', 'd']) {
      await aCluster(context, { clusterName, status: clusterName === 'b' ? 'INACTIVE' : 'ACTIVE' });
    }
    const first = await listClusters(context, { maxResults: 2 });
    expect(first.clusterArns).toEqual([`${ARN}a`, `${ARN}c`]);
    expect(await listClusters(context, { maxResults: 2, nextToken: first.nextToken })).toEqual({
      clusterArns: [`${ARN}d`],
    });
  });
});

describe('deleteCluster', () => {
  test('[CLU-10] makes it INACTIVE and remembers when', async () => {
    const context = await aContext();
    await aCluster(context);
    const answer = await deleteCluster(context, { cluster: `${ARN}default` });
    expect(answer.cluster).toMatchObject({ clusterName: 'default', status: 'INACTIVE' });
    expect(context.store.read((tx) => tx.get(clusters, `${ARN}default`)?.inactiveAt)).toBe(TEST_START);
    expect(await deleteCluster(context, { cluster: 'default' })).toEqual(answer);
  });

  test('[CLU-10] refuses one that never was', async () => {
    const context = await aContext();
    await expect(deleteCluster(context, { cluster: 'nope' })).rejects.toMatchObject({
      code: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });

  test.each([
    ['ClusterContainsContainerInstancesException', 'DRAINING instance'],
    ['ClusterContainsServicesException', 'ACTIVE service'],
    ['ClusterContainsTasksException', 'STOPPING task'],
  ])('[CLU-10] %s while it holds a %s', async (code, what) => {
    const context = await aContext();
    await aCluster(context);
    await context.store.write((tx) => {
      if (what.endsWith('instance')) tx.put(containerInstances, instanceIn('DRAINING'));
      if (what.endsWith('service')) tx.put(services, aService('ACTIVE'));
      if (what.endsWith('task')) tx.put(tasks, taskIn('STOPPING'));
    });
    await expect(deleteCluster(context, { cluster: 'default' })).rejects.toMatchObject({ code });
  });
});
