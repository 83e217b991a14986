import { describe, expect, test } from 'vitest';
import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { clusterArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Service } from '../../domain/service.ts';
import { clusters, containerInstances, services, taskDefinitionFamilies } from '../../records/collections.ts';
import { memoryStore } from '../../store/memory-store.ts';
import type { WriteTx } from '../../store/store.ts';
import { aCluster, aContext, type TestContext } from '../testing.ts';
import { createCluster } from './create-cluster.ts';
import { createService } from './create-service.ts';
import { registerContainerInstance } from './register-container-instance.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { updateService } from './update-service.ts';

const containerDefinitions = [{ name: 'app', image: 'busybox', memory: 64 }];

/** A context whose store has been filled up to one below a quota, and the means to add the last. */
async function filled(
  count: number,
  put: (tx: WriteTx, context: TestContext, index: number) => void,
): Promise<TestContext> {
  const context = await aContext({ store: await memoryStore({ freeze: false }) });
  await aCluster(context);
  await context.store.write((tx) => {
    for (let index = 0; index < count; index += 1) put(tx, context, index);
  });
  return context;
}

describe('service quotas', () => {
  test('[QTA-1] of clusters; INACTIVE ones do not count', async () => {
    // The default cluster and an INACTIVE one are there too.
    const context = await filled(SERVICE_QUOTAS.clusters - 1, (tx, { installation }, index) => {
      tx.put(clusters, {
        clusterArn: clusterArn(installation, `c${index}`),
        status: index === 0 ? 'INACTIVE' : 'ACTIVE',
      } as Cluster);
    });
    await createCluster(context, { clusterName: 'last' });
    await expect(createCluster(context, { clusterName: 'one-more' })).rejects.toMatchObject({
      code: 'ClientException',
      message: 'The limit of 10000 clusters is reached.',
    });
    expect((await createCluster(context, { clusterName: 'last' })).cluster?.status).toBe('ACTIVE');
  });

  test('[QTA-1] of services in a cluster, DRAINING ones too', async () => {
    const context = await filled(SERVICE_QUOTAS.servicesPerCluster - 1, (tx, { installation }, index) => {
      tx.put(services, {
        serviceArn: `s${index}`,
        clusterArn: clusterArn(installation, 'default'),
        status: index % 2 === 0 ? 'ACTIVE' : 'DRAINING',
        deployments: [],
      } as unknown as Service);
    });
    await registerTaskDefinition(context, { family: 'web', containerDefinitions });
    const input = { taskDefinition: 'web', desiredCount: 0 };
    await createService(context, { ...input, serviceName: 'last' });
    await expect(createService(context, { ...input, serviceName: 'one-more' })).rejects.toMatchObject({
      message: 'The limit of 5000 services in a cluster is reached.',
    });
  });

  test('[QTA-1] of tasks in a service', async () => {
    const context = await aContext();
    await aCluster(context);
    await registerTaskDefinition(context, { family: 'web', containerDefinitions });
    const input = { serviceName: 'web', taskDefinition: 'web' };
    expect(() => createService(context, { ...input, desiredCount: 5001 })).toThrow('at most 5000');
    await createService(context, { ...input, desiredCount: 5000 });
    expect(() => updateService(context, { service: 'web', desiredCount: 5001 })).toThrow('at most 5000');
  });

  test('[QTA-1] of instances in a cluster', async () => {
    const most = SERVICE_QUOTAS.containerInstancesPerCluster;
    const context = await filled(most - 1, (tx, { installation }, index) => {
      tx.put(containerInstances, {
        containerInstanceArn: `i${index}`,
        clusterArn: clusterArn(installation, 'default'),
        pool: 'CLUSTER',
        status: 'ACTIVE',
      } as ContainerInstance);
    });
    const totalResources = [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
    ];
    const { containerInstance } = await registerContainerInstance(context, { totalResources });
    await expect(registerContainerInstance(context, { totalResources })).rejects.toMatchObject({
      code: 'ClientException',
    });
    // One that comes back is none more.
    const { containerInstanceArn } = containerInstance ?? {};
    await registerContainerInstance(context, { totalResources, containerInstanceArn });
  });

  test('[QTA-1] of revisions in a family', async () => {
    const context = await aContext();
    const lastRevision = SERVICE_QUOTAS.revisionsPerFamily - 1;
    await context.store.write((tx) => tx.put(taskDefinitionFamilies, { family: 'web', lastRevision }));
    await registerTaskDefinition(context, { family: 'web', containerDefinitions });
    await expect(
      registerTaskDefinition(context, { family: 'web', containerDefinitions }),
    ).rejects.toMatchObject({ code: 'LimitExceededException' });
  });
});
