import { describe, expect, test } from 'vitest';
import { services, subnets } from '../../records/collections.ts';
import { appendServiceEvent } from '../../records/services.ts';
import type { CreateServiceRequest } from '../../shapes/generated/ecs.ts';
import type { Context } from '../operation.ts';
import { aCluster, aContext, TEST_START } from '../testing.ts';
import { createService } from './create-service.ts';
import { deleteService } from './delete-service.ts';
import { describeServices } from './describe-services.ts';
import { listServices } from './list-services.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { updateService } from './update-service.ts';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:service/default/web';
const DAEMON = { schedulingStrategy: 'DAEMON', desiredCount: undefined } as const;
const WEB = { serviceName: 'web', taskDefinition: 'web', desiredCount: 2 } as const;

describe('createService', () => {
  test('[SVC-2] answers the defaults of AWS', async () => {
    const { context } = await aReadyContext();
    const { service } = await createService(context, WEB);
    const [deployment] = service?.deployments ?? [];
    expect(service).toMatchObject({
      serviceArn: ARN,
      status: 'ACTIVE',
      desiredCount: 2,
      runningCount: 0,
      pendingCount: 0,
      events: [],
      launchType: 'EC2',
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      deploymentConfiguration: {
        maximumPercent: 200,
        minimumHealthyPercent: 100,
        deploymentCircuitBreaker: { enable: false, rollback: false },
        strategy: 'ROLLING',
        bakeTimeInMinutes: 0,
      },
      propagateTags: 'NONE',
      enableECSManagedTags: false,
      enableExecuteCommand: false,
      healthCheckGracePeriodSeconds: 0,
      placementStrategy: [],
      placementConstraints: [],
      roleArn: 'arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
      createdBy: 'arn:aws:iam::123456789012:root',
      createdAt: TEST_START,
    });
    expect(service?.deployments).toHaveLength(1);
    expect(deployment).toMatchObject({
      status: 'PRIMARY',
      desiredCount: 2,
      failedTasks: 0,
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: `ECS deployment ${deployment?.id} in progress.`,
    });
    expect(deployment?.id).toMatch(/^ecs-svc\/[0-9]{19}$/);
  });

  test('[SVC-2] a FARGATE service shows LATEST, its deployment the resolved version', async () => {
    const { context, subnetId } = await aReadyContext();
    const network = { awsvpcConfiguration: { subnets: [subnetId] } };
    const { service } = await createService(context, {
      ...WEB,
      taskDefinition: 'fargate',
      launchType: 'FARGATE',
      networkConfiguration: network,
    });
    expect([service?.platformVersion, service?.deployments?.[0]?.platformVersion]).toEqual([
      'LATEST',
      '1.4.0',
    ]);
    expect(service?.networkConfiguration).toEqual({
      awsvpcConfiguration: { subnets: [subnetId], securityGroups: [], assignPublicIp: 'DISABLED' },
    });
  });

  test('[SVC-1] the same request answers the same service, another one is refused', async () => {
    const { context } = await aReadyContext();
    const first = await createService(context, WEB);
    const again = await createService(context, { ...WEB, clientToken: 'again' });
    expect(again.service?.deployments?.[0]?.id).toBe(first.service?.deployments?.[0]?.id);
    expect(await thrownBy(() => createService(context, { ...WEB, desiredCount: 3 }))).toEqual({
      code: 'InvalidParameterException',
      message: 'Creation of service was not idempotent.',
    });
  });

  test('[SVC-1] a name is free again only when its service is INACTIVE', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    await deleteService(context, { service: 'web', force: true });
    expect(await thrownBy(() => createService(context, WEB))).toMatchObject({
      message: 'Unable to Start a service that is still Draining.',
    });
    await makeInactive(context);
    expect((await createService(context, WEB)).service).toMatchObject({ status: 'ACTIVE', events: [] });
  });

  const refused: readonly [string, Partial<CreateServiceRequest>, string][] = [
    ['unknown definition', { taskDefinition: 'nope' }, 'ClientException: TaskDefinition not found.'],
    ['inactive definition', { taskDefinition: 'nope:1' }, 'ClientException: TaskDefinition not found.'],
    ['unknown cluster', { cluster: 'nope' }, 'ClusterNotFoundException: Cluster not found.'],
    ['no count', { desiredCount: undefined }, 'InvalidParameterException: DesiredCount is missing'],
    [
      'floor above 100',
      { deploymentConfiguration: { minimumHealthyPercent: 101 } },
      'InvalidParameterException: minimumHealthyPercent must be at most 100',
    ],
    [
      'blocked bounds',
      { deploymentConfiguration: { maximumPercent: 100 } },
      'InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments',
    ],
    [
      'network where there is none',
      { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } },
      'InvalidParameterException: Network Configuration is not valid for the given networkMode of this task definition.',
    ],
    [
      'no network',
      { taskDefinition: 'fargate', launchType: 'FARGATE' },
      "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    [
      'definition not for FARGATE',
      { launchType: 'FARGATE' },
      'InvalidParameterException: Task definition does not support launch_type FARGATE.',
    ],
    [
      'launch type and strategy',
      { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
      'InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    ],
    [
      'platform on EC2',
      { platformVersion: 'LATEST' },
      'InvalidParameterException: The platform version must be null when specifying an EC2 launch type.',
    ],
    [
      'grace period without a check',
      { healthCheckGracePeriodSeconds: 5 },
      'InvalidParameterException: Health check grace period is only valid for services configured to use load balancers',
    ],
    [
      'load balancers',
      { loadBalancers: [{ containerName: 'app' }] },
      'UnsupportedFeatureException: loadBalancers is not supported yet.',
    ],
    [
      '[DMN-5] a count of daemons',
      { schedulingStrategy: 'DAEMON' },
      'InvalidParameterException: The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
    ],
    [
      '[DMN-5] more daemons than hosts',
      { ...DAEMON, deploymentConfiguration: { maximumPercent: 101 } },
      'InvalidParameterException: The daemon scheduling strategy does not support values above 100 for maximumPercent.',
    ],
    [
      '[DMN-5] daemons with strategies',
      { ...DAEMON, placementStrategy: [{ type: 'spread', field: 'instanceId' }] },
      'InvalidParameterException: The daemon scheduling strategy does not support placement strategies.',
    ],
    [
      '[DMN-5] daemons of capacity providers',
      { ...DAEMON, capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
      'InvalidParameterException: The daemon scheduling strategy does not support the FARGATE launch type or capacity providers.',
    ],
    [
      '[DMN-5] daemons on FARGATE',
      { ...DAEMON, launchType: 'FARGATE' },
      'InvalidParameterException: The daemon scheduling strategy does not support the FARGATE launch type or capacity providers.',
    ],
    [
      'other controllers',
      { deploymentController: { type: 'EXTERNAL' } },
      'InvalidParameterException: TaskDefinition must be blank when the deployment controller is EXTERNAL.',
    ],
    [
      'other strategies',
      { deploymentConfiguration: { strategy: 'CANARY' } },
      'UnsupportedFeatureException: deploymentConfiguration.strategy is not supported yet.',
    ],
    [
      'a constraint that does not read',
      { placementConstraints: [{ type: 'memberOf', expression: 'stack == a' }] },
      'InvalidParameterException: memberOf expression is not valid: `stack` is not a subject (character 1).',
    ],
    [
      'six strategies',
      { placementStrategy: Array.from({ length: 6 }, () => ({ type: 'random' }) as const) },
      'InvalidParameterException: Maximum number of strategies is 5.',
    ],
    [
      'threshold',
      {
        deploymentConfiguration: {
          deploymentCircuitBreaker: {
            enable: true,
            rollback: true,
            thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 101 },
          },
        },
      },
      'InvalidParameterException: deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value must be between 1 and 100.',
    ],
  ];

  test.each(refused)('[SVC-3][SVC-4][SVC-5] refuses: %s', async (_, change, expected) => {
    const { context } = await aReadyContext();
    const { code, message } = await thrownBy(() => createService(context, { ...WEB, ...change }));
    expect(`${code}: ${message}`).toBe(expected);
  });

  test('[PLC-14] answers constraints and strategies as AWS writes them; an update replaces or empties them', async () => {
    const { context } = await aReadyContext();
    const constraint = { type: 'memberOf', expression: 'attribute:stack == prod' } as const;
    const created = await createService(context, {
      ...WEB,
      placementConstraints: [constraint, { type: 'distinctInstance' }],
      placementStrategy: [
        { type: 'spread', field: 'host' },
        { type: 'binpack', field: 'MEMORY' },
      ],
    });
    expect(created.service).toMatchObject({
      placementConstraints: [constraint, { type: 'distinctInstance' }],
      placementStrategy: [
        { type: 'spread', field: 'instanceId' },
        { type: 'binpack', field: 'memory' },
      ],
    });
    const kept = await updateService(context, { service: 'web', desiredCount: 3 });
    expect(kept.service?.placementConstraints).toHaveLength(2);
    const emptied = await updateService(context, {
      service: 'web',
      placementConstraints: [],
      placementStrategy: [{}] as never,
    });
    expect(emptied.service).toMatchObject({ placementConstraints: [], placementStrategy: [] });
    expect(emptied.service?.deployments).toHaveLength(1);
  });

  test('[SVC-3] accepts members that ask for nothing', async () => {
    const { context } = await aReadyContext();
    const { service } = await createService(context, {
      ...WEB,
      loadBalancers: [],
      serviceConnectConfiguration: { enabled: false },
      placementStrategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }],
      deploymentConfiguration: { alarms: { enable: false, rollback: false, alarmNames: [] } },
    });
    expect(service?.placementStrategy).toHaveLength(1);
  });
});

describe('updateService', () => {
  test('[SVC-6] a new count makes no new deployment', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    const { service } = await updateService(context, { service: 'web', desiredCount: 5 });
    expect([service?.desiredCount, service?.deployments?.length]).toEqual([5, 1]);
  });

  test('[SVC-6] a new definition makes a new PRIMARY deployment, the same one does not', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    await updateService(context, { service: ARN, taskDefinition: 'web:1' });
    await register(context, 'web');
    const { service } = await updateService(context, { service: ARN, taskDefinition: 'web' });
    expect(
      service?.deployments?.map(({ status, taskDefinition }) => [status, taskDefinition?.split('/')[1]]),
    ).toEqual([
      ['PRIMARY', 'web:2'],
      ['ACTIVE', 'web:1'],
    ]);
    expect(service?.taskDefinition).toMatch(/web:2$/);
  });

  test('[SVC-6] forceNewDeployment makes one of what is there', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    const { service } = await updateService(context, { service: 'web', forceNewDeployment: true });
    expect(service?.deployments?.map(({ taskDefinition }) => taskDefinition?.split('/')[1])).toEqual([
      'web:1',
      'web:1',
    ]);
  });

  test('[SVC-4] merges the deployment configuration', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    const { service } = await updateService(context, {
      service: 'web',
      deploymentConfiguration: { minimumHealthyPercent: 50 },
    });
    expect(service?.deploymentConfiguration).toMatchObject({
      maximumPercent: 200,
      minimumHealthyPercent: 50,
    });
  });

  test('[EXE-2] services are open to commands only with a task role, and by an update new tasks alone', async () => {
    const { context } = await aReadyContext();
    const open = { enableExecuteCommand: true };
    expect(await thrownBy(() => createService(context, { ...WEB, ...open }))).toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining('task role'),
    });
    await createService(context, WEB);
    expect(await thrownBy(() => updateService(context, { service: 'web', ...open }))).toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining('task role'),
    });
    await registerTaskDefinition(context, {
      family: 'roles',
      taskRoleArn: 'arn:aws:iam::123456789012:role/app',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 128 }],
    });
    await updateService(context, { service: 'web', taskDefinition: 'roles' });
    const { service } = await updateService(context, { service: 'web', ...open });
    expect([service?.enableExecuteCommand, service?.deployments?.length]).toEqual([true, 2]);
  });

  test('refuses services that are unknown or not ACTIVE', async () => {
    const { context } = await aReadyContext();
    expect(await thrownBy(() => updateService(context, { service: 'web' }))).toEqual({
      code: 'ServiceNotFoundException',
      message: 'Service not found.',
    });
    await createService(context, WEB);
    await deleteService(context, { service: 'web', force: true });
    expect(await thrownBy(() => updateService(context, { service: 'web' }))).toEqual({
      code: 'ServiceNotActiveException',
      message: 'Service was not ACTIVE.',
    });
  });
});

describe('deleteService', () => {
  test('[DMN-5] daemons go without force', async () => {
    const { context } = await aReadyContext();
    await createService(context, { ...WEB, ...DAEMON });
    await context.store.write((tx) => {
      const row = tx.get(services, ARN);
      if (row !== undefined) tx.put(services, { ...row, desiredCount: 2 });
    });
    expect((await deleteService(context, { service: 'web' })).service).toMatchObject({ status: 'DRAINING' });
  });

  test('[SVC-11] wants the count at 0 or force, then drains', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    expect(await thrownBy(() => deleteService(context, { service: 'web' }))).toEqual({
      code: 'InvalidParameterException',
      message: 'The service cannot be stopped while it is scaled above 0.',
    });
    const { service } = await deleteService(context, { service: 'web', force: true });
    expect(service).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
    await makeInactive(context);
    expect(await thrownBy(() => deleteService(context, { service: 'web' }))).toMatchObject({
      code: 'ServiceNotFoundException',
    });
  });
});

describe('describeServices', () => {
  test('[SVC-14] answers by name and ARN, tags on request, failures for the rest', async () => {
    const { context } = await aReadyContext();
    await createService(context, { ...WEB, tags: [{ key: 'a', value: 'b' }] });
    const plain = await describeServices(context, { services: ['web', ARN, 'nope'] });
    expect(plain.services?.map(({ serviceArn, tags }) => [serviceArn, tags])).toEqual([[ARN, undefined]]);
    expect(plain.failures).toEqual([{ arn: ARN.replace('web', 'nope'), reason: 'MISSING' }]);
    const tagged = await describeServices(context, { services: ['web'], include: ['TAGS'] });
    expect(tagged.services?.[0]?.tags).toEqual([{ key: 'a', value: 'b' }]);
    expect(
      await thrownBy(() => describeServices(context, { services: [ARN.replace('default', 'other')] })),
    ).toMatchObject({
      message: 'Invalid identifier: Identifier is for cluster other. Your cluster is default',
    });
    expect(
      await thrownBy(() => describeServices(context, { services: Array(11).fill('web') })),
    ).toMatchObject({
      code: 'InvalidParameterException',
    });
  });

  test('[SVC-13] shows the newest hundred events, newest first', async () => {
    const { context } = await aReadyContext();
    await createService(context, WEB);
    for (let count = 1; count <= 103; count += 1) await writeEvent(context, `event ${count}.`);
    const events = (await describeServices(context, { services: ['web'] })).services?.[0]?.events ?? [];
    expect([events.length, events[0]?.message, events.at(-1)?.message]).toEqual([
      100,
      '(service web) event 103.',
      '(service web) event 4.',
    ]);
  });
});

describe('listServices', () => {
  test('[SVC-15] lists ACTIVE services page by page, ten at a time', async () => {
    const { context } = await aReadyContext();
    for (let count = 10; count < 23; count += 1)
      await createService(context, { ...WEB, serviceName: `s${count}` });
    await deleteService(context, { service: 's11', force: true });
    const first = await listServices(context, {});
    const second = await listServices(context, { nextToken: first.nextToken });
    expect(first.serviceArns).toHaveLength(10);
    expect(second).toEqual({
      serviceArns: ['s21', 's22'].map((name) => ARN.replace('web', name)),
      nextToken: undefined,
    });
    expect((await listServices(context, { launchType: 'FARGATE' })).serviceArns).toEqual([]);
  });
});

const CONTAINERS = [{ name: 'app', image: 'busybox', memory: 64 }];

const register = (context: Context, family: string) =>
  registerTaskDefinition(context, { family, containerDefinitions: CONTAINERS });

/** A context with the cluster `default`, the definition `web` for EC2 and `fargate` for FARGATE. */
async function aReadyContext() {
  const context = await aContext();
  await aCluster(context);
  await register(context, 'web');
  await registerTaskDefinition(context, {
    family: 'fargate',
    containerDefinitions: CONTAINERS,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
  });
  const subnetId = context.store.read((tx) => tx.all(subnets)[0]?.subnetId);
  return { context, subnetId: subnetId ?? '' };
}

const makeInactive = (context: Context) =>
  context.store.write((tx) => {
    const service = tx.get(services, ARN);
    if (service !== undefined)
      tx.put(services, { ...service, status: 'INACTIVE', inactiveAt: context.clock.now() });
  });

const writeEvent = (context: Context, message: string) =>
  context.store.write((tx) => {
    const service = tx.get(services, ARN);
    if (service !== undefined)
      tx.put(
        services,
        appendServiceEvent(tx, service, { message, ids: context.ids, now: context.clock.now() }),
      );
  });

async function thrownBy(work: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await work();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  return { code: '', message: 'nothing was thrown' };
}
