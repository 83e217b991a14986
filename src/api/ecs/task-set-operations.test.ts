import { describe, expect, test } from 'vitest';
import { startServiceScheduler } from '../../controllers/service-scheduler/start-service-scheduler.ts';
import { containerInstances, services } from '../../records/collections.ts';
import type { CreateServiceRequest } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext, type TestContext } from '../testing.ts';
import { createService } from './create-service.ts';
import { createTaskSet } from './create-task-set.ts';
import { deleteTaskSet } from './delete-task-set.ts';
import { describeServices } from './describe-services.ts';
import { describeTaskSets } from './describe-task-sets.ts';
import { registerContainerInstance } from './register-container-instance.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { updateService } from './update-service.ts';
import { updateServicePrimaryTaskSet } from './update-service-primary-task-set.ts';
import { updateTaskSet } from './update-task-set.ts';

const WHERE = { cluster: 'default', service: 'web' } as const;
const EXTERNAL = { serviceName: 'web', deploymentController: { type: 'EXTERNAL' } } as const;

describe('task sets', () => {
  test('[TSE-1][TSE-4] a set of an EXTERNAL service runs its share of the count', async () => {
    const { context, run } = await aReadyContext();
    const { service } = await createService(context, { ...EXTERNAL, desiredCount: 3 });
    expect(service).toMatchObject({
      deployments: [],
      taskSets: [],
      deploymentController: { type: 'EXTERNAL' },
    });
    const scale = { value: 50, unit: 'PERCENT' } as const;
    const { taskSet } = await createTaskSet(context, {
      ...WHERE,
      taskDefinition: 'web',
      scale,
      externalId: 'x',
    });
    expect(taskSet).toMatchObject({
      taskSetArn: `arn:aws:ecs:us-east-1:123456789012:task-set/default/web/${taskSet?.id}`,
      status: 'ACTIVE',
      externalId: 'x',
      computedDesiredCount: 2,
      pendingCount: 0,
      launchType: 'EC2',
      scale,
      stabilityStatus: 'STABILIZING',
    });
    await run();
    expect(await only(context)).toMatchObject({ pendingCount: 2, stabilityStatus: 'STABILIZING' });
    await updateTaskSet(context, { ...WHERE, taskSet: taskSet?.id ?? '', scale: { value: 100 } });
    await run();
    expect(await only(context)).toMatchObject({ pendingCount: 3, computedDesiredCount: 3 });
  });

  test('[DEP-30] an EXTERNAL service is not balanced over zones', async () => {
    const { context } = await aReadyContext();
    const availabilityZoneRebalancing = 'ENABLED';
    const refusal = { code: 'InvalidParameterException' };
    expect(() => createService(context, { ...EXTERNAL, availabilityZoneRebalancing })).toThrow(
      expect.objectContaining(refusal),
    );
    await createService(context, EXTERNAL);
    await expect(
      updateService(context, { service: 'web', availabilityZoneRebalancing }),
    ).rejects.toMatchObject(refusal);
  });

  test('[TSE-7] the PRIMARY set lends the service its parameters', async () => {
    const { context } = await aReadyContext();
    await createService(context, EXTERNAL);
    const make = async () => {
      const { taskSet } = await createTaskSet(context, { ...WHERE, taskDefinition: 'web' });
      return taskSet?.id ?? '';
    };
    const [first, second] = [await make(), await make()];
    await updateServicePrimaryTaskSet(context, { ...WHERE, primaryTaskSet: first });
    await updateServicePrimaryTaskSet(context, { ...WHERE, primaryTaskSet: second });
    const { services: [service] = [] } = await describeServices(context, { services: ['web'] });
    expect(service?.taskSets?.map(({ id, status }) => [id, status])).toEqual([
      [second, 'PRIMARY'],
      [first, 'ACTIVE'],
    ]);
    expect(service?.taskDefinition).toBe('arn:aws:ecs:us-east-1:123456789012:task-definition/web:1');
  });

  test('[TSE-5] a set with a scale needs force, drains and is gone', async () => {
    const { context, run } = await aReadyContext();
    await createService(context, EXTERNAL);
    const { taskSet: made } = await createTaskSet(context, { ...WHERE, taskDefinition: 'web' });
    const named = { ...WHERE, taskSet: made?.taskSetArn ?? '' };
    await expect(deleteTaskSet(context, named)).rejects.toThrow('scaled above 0');
    const { taskSet } = await deleteTaskSet(context, { ...named, force: true });
    expect(taskSet?.status).toBe('DRAINING');
    await run();
    expect(await describeTaskSets(context, WHERE)).toEqual({ taskSets: [], failures: [] });
    await expect(deleteTaskSet(context, named)).rejects.toMatchObject({ code: 'TaskSetNotFoundException' });
  });

  test('[TSE-1] the same token answers the same set, and five are the most', async () => {
    const { context } = await aReadyContext();
    await createService(context, EXTERNAL);
    const request = { ...WHERE, taskDefinition: 'web', clientToken: 't' };
    const [one, other] = [await createTaskSet(context, request), await createTaskSet(context, request)];
    expect(other.taskSet?.id).toBe(one.taskSet?.id);
    await expect(createTaskSet(context, { ...request, externalId: 'y' })).rejects.toThrow('idempotent');
    for (let count = 1; count < 5; count += 1)
      await createTaskSet(context, { ...WHERE, taskDefinition: 'web' });
    await expect(createTaskSet(context, { ...WHERE, taskDefinition: 'web' })).rejects.toMatchObject({
      code: 'LimitExceededException',
    });
  });

  test('[TSE-6] what is not there is a failure, and tags are told on request', async () => {
    const { context } = await aReadyContext();
    await createService(context, EXTERNAL);
    const tags = [{ key: 'a', value: 'b' }];
    const { taskSet } = await createTaskSet(context, { ...WHERE, taskDefinition: 'web', tags });
    const named = { ...WHERE, taskSets: [taskSet?.id ?? '', 'none'] };
    const plain = await describeTaskSets(context, named);
    expect(plain.failures).toEqual([{ arn: 'none', reason: 'MISSING' }]);
    expect(plain.taskSets?.[0]).not.toHaveProperty('tags');
    const full = await describeTaskSets(context, { ...named, include: ['TAGS'] });
    expect(full.taskSets?.[0]?.tags).toEqual(tags);
  });

  test.each([-0.1, 100.1])('[TSE-2] refuses a scale of %d', async (value) => {
    const { context } = await aReadyContext();
    await createService(context, EXTERNAL);
    const answer = Promise.resolve().then(() =>
      createTaskSet(context, { ...WHERE, taskDefinition: 'web', scale: { value } }),
    );
    await expect(answer).rejects.toThrow('scale must be between 0 and 100');
  });

  test('[TSE-1] a service of the scheduler has no task sets', async () => {
    const { context } = await aReadyContext();
    await createService(context, { serviceName: 'web', taskDefinition: 'web', desiredCount: 0 });
    await expect(createTaskSet(context, { ...WHERE, taskDefinition: 'web' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });

  const refused: readonly [Partial<CreateServiceRequest>, string][] = [
    [{ taskDefinition: 'web' }, 'TaskDefinition must be blank'],
    [{ loadBalancers: [{ containerName: 'app' }] }, 'LoadBalancers must be empty or null'],
    [{ launchType: 'EC2' }, 'launchType cannot be set'],
    [{ schedulingStrategy: 'DAEMON' }, 'only supported with the ECS deployment controller'],
    [
      { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } },
      'only supported with the ECS deployment controller',
    ],
    [
      { deploymentController: { type: 'CODE_DEPLOY' } },
      'the service requires an Application Load Balancer or Network Load Balancer',
    ],
  ];

  test.each(refused)('[TSE-8][TSE-9] refuses %j', async (change, text) => {
    const { context } = await aReadyContext();
    const answer = Promise.resolve().then(() => createService(context, { ...EXTERNAL, ...change }));
    await expect(answer).rejects.toThrow(text);
  });

  test.each([
    [{ taskDefinition: 'web' }, 'Unable to update task definition on services with a CODE_DEPLOY'],
    [{ networkConfiguration: {} }, 'Unable to update network parameters on services with a CODE_DEPLOY'],
    [{ forceNewDeployment: true }, 'Cannot force a new deployment on services with a CODE_DEPLOY'],
  ])('[TSE-9] UpdateService of a CODE_DEPLOY service refuses %j', async (change, text) => {
    const { context } = await aReadyContext();
    await createService(context, EXTERNAL);
    await context.store.write((tx) => {
      for (const service of tx.all(services))
        tx.put(services, { ...service, deploymentController: 'CODE_DEPLOY' });
    });
    await expect(updateService(context, { service: 'web', ...change })).rejects.toThrow(text);
  });

  test('[TSE-8] UpdateService changes the count of an EXTERNAL service, and starts no deployment', async () => {
    const { context } = await aReadyContext();
    await createService(context, EXTERNAL);
    const { service } = await updateService(context, { service: 'web', desiredCount: 2 });
    expect([service?.desiredCount, service?.deployments]).toEqual([2, []]);
    await expect(updateService(context, { service: 'web', forceNewDeployment: true })).rejects.toThrow(
      'forceNewDeployment cannot be set',
    );
  });
});

async function only(context: TestContext) {
  const { taskSets: [taskSet] = [] } = await describeTaskSets(context, WHERE);
  return taskSet;
}

async function aReadyContext() {
  const context = await aContext();
  await aCluster(context);
  await registerTaskDefinition(context, {
    family: 'web',
    containerDefinitions: [{ name: 'app', image: 'app', memory: 128 }],
  });
  await registerContainerInstance(context, {
    attributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
    ],
  });
  await context.store.write((tx) => {
    for (const host of tx.all(containerInstances))
      tx.put(containerInstances, { ...host, agentConnected: true });
  });
  const run = async (): Promise<void> => {
    const scheduler = startServiceScheduler(context);
    await scheduler.idle();
    scheduler.stop();
  };
  return { context, run };
}
