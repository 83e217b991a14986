import { describe, expect, test } from 'vitest';
import { createService } from '../../api/ecs/create-service.ts';
import { deleteService } from '../../api/ecs/delete-service.ts';
import { describeServices } from '../../api/ecs/describe-services.ts';
import { putAttributes } from '../../api/ecs/put-attributes.ts';
import { registerContainerInstance } from '../../api/ecs/register-container-instance.ts';
import { registerTaskDefinition } from '../../api/ecs/register-task-definition.ts';
import { runTask } from '../../api/ecs/run-task.ts';
import { updateContainerInstancesState } from '../../api/ecs/update-container-instances-state.ts';
import { updateService } from '../../api/ecs/update-service.ts';
import { aCluster, aContext, type TestContext } from '../../api/testing.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Service } from '../../domain/service.ts';
import { containerInstances, services, subnets, tasks } from '../../records/collections.ts';
import { violatedDaemon } from '../../records/daemon-hosts.ts';
import type { CreateServiceRequest, RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { startServiceScheduler } from './start-service-scheduler.ts';

const WEB = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 } as const;
const CONTAINER = { name: 'app', image: 'app', memory: 128, cpu: 256 } as const;
const MORE = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';
const NO_INSTANCE =
  '(service web) was unable to place a task because no container instance met all of its requirements.';

describe('startServiceScheduler', () => {
  test('[SVC-20] starts tasks in the name of the service and says so', async () => {
    const { context, run } = await aScheduler();
    await aHost(context);
    await createService(context, {
      ...WEB,
      desiredCount: 2,
      tags: [{ key: 'team', value: 'blue' }],
      propagateTags: 'SERVICE',
      enableECSManagedTags: true,
    });
    await run();
    const rows = liveTasks(context);
    const [deployment] = serviceRow(context)?.deployments ?? [];
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      group: 'service:web',
      startedBy: deployment?.id,
      deploymentId: deployment?.id,
      tags: [
        { key: 'team', value: 'blue' },
        { key: 'aws:ecs:clusterName', value: 'default' },
        { key: 'aws:ecs:serviceName', value: 'web' },
      ],
    });
    const ids = rows.map(({ taskId }) => `(task ${taskId})`);
    const [event] = await events(context);
    expect([
      `has started 2 tasks: ${ids.join(' ')}.`,
      `has started 2 tasks: ${ids.reverse().join(' ')}.`,
    ]).toContain(event?.replace('(service web) ', ''));
  });

  test.each([
    { room: 25, started: [10, 10, 5] },
    { room: 12, started: [10, 2] },
    { room: 10, started: [10] },
  ])('[SVC-24] starts 10 tasks at a time, as far as there is room for $room', async ({ room, started }) => {
    const { context, run } = await aScheduler();
    await aHost(context, { cpu: 256 * 7, memory: 128 * 7 });
    await aHost(context, { cpu: 256 * (room - 7), memory: 128 * (room - 7) });
    await createService(context, { ...WEB, desiredCount: 25 });
    await run();
    const said = (await events(context)).toReversed();
    expect(said.flatMap((text) => /has started (\d+) tasks/.exec(text ?? '')?.[1] ?? [])).toEqual(
      started.map(String),
    );
    expect(liveTasks(context)).toHaveLength(room);
    expect(said.filter((text) => text?.includes('unable to place'))).toHaveLength(room < 25 ? 1 : 0);
  });

  test('[SVC-20] a change of what tags are propagated reaches tasks that are started later', async () => {
    const { context, run } = await aScheduler();
    await aHost(context);
    await registerTaskDefinition(context, {
      family: 'web',
      containerDefinitions: [CONTAINER],
      tags: [{ key: 'from', value: 'definition' }],
    });
    await createService(context, WEB);
    await run();
    await updateService(context, {
      service: 'web',
      desiredCount: 2,
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
    });
    await run();
    const tags = liveTasks(context).map((task) => task.tags.map(({ key }) => key));
    expect(tags.sort((one, other) => one.length - other.length)).toEqual([
      [],
      ['from', 'aws:ecs:clusterName', 'aws:ecs:serviceName'],
    ]);
  });

  test('[SVC-22] says once that there is no instance, and starts when one comes', async () => {
    const { context, run } = await aScheduler();
    await createService(context, WEB);
    await run(20_000);
    expect(await events(context)).toEqual([
      `${NO_INSTANCE} Reason: No Container Instances were found in your cluster. ${MORE}`,
    ]);
    await aHost(context);
    await run();
    expect(liveTasks(context)).toHaveLength(1);
  });

  test.each([
    { lack: 'CPU', host: { cpu: 128 }, text: 'has insufficient CPU units available.' },
    { lack: 'memory', host: { memory: 64 }, text: 'has insufficient memory available.' },
    { lack: 'the agent', host: { isConnected: false }, text: "doesn't have the agent connected." },
  ])('[SVC-22] names the closest instance and that it lacks $lack', async ({ host, text }) => {
    const { context, run } = await aScheduler();
    const id = await aHost(context, host);
    await createService(context, WEB);
    await run();
    expect(await events(context)).toEqual([
      `${NO_INSTANCE} The closest matching (container-instance ${id}) ${text} ${MORE}`,
    ]);
  });

  test('[PLC-13] names the constraint that the closest instance does not meet, and starts when it does', async () => {
    const { context, run } = await aScheduler();
    const id = await aHost(context);
    const expression = 'attribute:stack == prod';
    await createService(context, { ...WEB, placementConstraints: [{ type: 'memberOf', expression }] });
    await run();
    expect(await events(context)).toEqual([
      `${NO_INSTANCE} The closest matching (container-instance ${id}) encountered error "MemberOf placement constraint unsatisfied.". ${MORE}`,
    ]);
    const targetType = 'container-instance' as const;
    await putAttributes(context, {
      attributes: [{ name: 'stack', value: 'prod', targetId: id, targetType }],
    });
    await run();
    expect(liveTasks(context)).toHaveLength(1);
  });

  test('[INS-11] starts elsewhere what is on a host that begins to drain', async () => {
    const { context, run } = await aScheduler();
    const id = await aHost(context);
    await createService(context, { ...WEB, desiredCount: 2 });
    await run();
    await aHost(context);
    await updateContainerInstancesState(context, { containerInstances: [id], status: 'DRAINING' });
    await run();
    expect(
      liveTasks(context).map(({ desiredStatus, instanceArn }) => [desiredStatus, instanceArn?.endsWith(id)]),
    ).toEqual(
      expect.arrayContaining([
        ['STOPPED', true],
        ['STOPPED', true],
        ['RUNNING', false],
        ['RUNNING', false],
      ]),
    );
  });

  test('[SVC-22] says of FARGATE that there is no capacity', async () => {
    const { context, run } = await aScheduler();
    await registerTaskDefinition(context, FARGATE);
    await createService(context, onFargate(context, { launchType: 'FARGATE' }));
    await run();
    expect(await events(context)).toEqual([
      '(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.',
    ]);
  });

  test('[DEP-7] a role that cannot be assumed is an event and fails the deployment in the end', async () => {
    const { context, run } = await aScheduler();
    await aHost(context);
    const taskRoleArn = 'arn:aws:iam::123456789012:role/none';
    await registerTaskDefinition(context, { family: 'web', containerDefinitions: [CONTAINER], taskRoleArn });
    const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    await createService(context, { ...WEB, deploymentConfiguration });
    await run(30_000);
    expect(await events(context)).toEqual([
      expect.stringMatching(
        /^\(service web\) \(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\.$/,
      ),
      `(service web) failed to launch a task with (error ECS was unable to assume the role '${taskRoleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.).`,
    ]);
  });

  test('[SVC-20] shares tasks among the providers of a strategy', async () => {
    const { context, run } = await aScheduler();
    await registerTaskDefinition(context, FARGATE);
    await aHost(context, { cpu: 4096, memory: 8192, isPool: true });
    const capacityProviderStrategy = [
      { capacityProvider: 'FARGATE', base: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: 1 },
    ];
    await createService(context, { ...onFargate(context, { capacityProviderStrategy }), desiredCount: 3 });
    await run();
    expect(
      liveTasks(context)
        .map(({ capacityProviderName }) => capacityProviderName)
        .sort(),
    ).toEqual(['FARGATE', 'FARGATE_SPOT', 'FARGATE_SPOT']);
  });

  test('[DMN-1][DMN-2] one task on each host, also on one that comes later', async () => {
    const { context, run } = await aScheduler();
    const first = await aHost(context);
    await createService(context, { serviceName: 'web', taskDefinition: 'web', schedulingStrategy: 'DAEMON' });
    await run();
    const second = await aHost(context);
    await run();
    const hosts = liveTasks(context).map(({ instanceArn }) => instanceArn?.split('/').at(-1));
    expect(hosts.sort()).toEqual([first, second].sort());
    expect(serviceRow(context)?.desiredCount).toBe(2);
  });

  test('[DMN-6][EVT-11] only hosts that meet the constraint have a task, for as long as they do', async () => {
    const { context, run } = await aScheduler();
    const [one, other] = [await aHost(context), await aHost(context)];
    const put = async (targetId: string, value: string) => {
      const targetType = 'container-instance' as const;
      await putAttributes(context, { attributes: [{ name: 'stack', value, targetId, targetType }] });
      await run();
    };
    await put(one, 'prod');
    const expression = 'attribute:stack == prod';
    await createService(context, {
      serviceName: 'web',
      taskDefinition: 'web',
      schedulingStrategy: 'DAEMON',
      placementConstraints: [{ type: 'memberOf', expression }],
    });
    await run();
    const wanted = () =>
      liveTasks(context)
        .filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
        .map(({ instanceArn }) => instanceArn?.split('/').at(-1));
    expect(wanted()).toEqual([one]);
    await put(other, 'prod');
    await put(one, 'test');
    expect(wanted()).toEqual([other]);
    // [EVT-11] Only the task whose host does not meet the constraint is told of as a violation.
    const violated = liveTasks(context).map((task) => [
      task.instanceArn?.split('/').at(-1),
      context.store.read((tx) => violatedDaemon(tx, task))?.serviceName,
    ]);
    expect(new Map(violated as [string, string | undefined][])).toEqual(
      new Map([
        [one, 'web'],
        [other, undefined],
      ]),
    );
  });

  test('[DMN-7] what a DAEMON service is to have on a host is reserved there', async () => {
    const { context, stop } = await aScheduler();
    await aHost(context, { memory: 128 });
    await createService(context, { serviceName: 'web', taskDefinition: 'web', schedulingStrategy: 'DAEMON' });
    stop();
    const refused = await runTask(context, { taskDefinition: 'web' });
    expect(refused.failures?.map(({ reason }) => reason)).toEqual(['RESOURCE:MEMORY']);
    const scheduler = startServiceScheduler(context);
    await scheduler.idle();
    scheduler.stop();
    expect(liveTasks(context).map(({ serviceArn }) => serviceArn)).toEqual([serviceRow(context)?.serviceArn]);
    await aHost(context, { memory: 256 });
    const beside = await runTask(context, { taskDefinition: 'web', count: 2 });
    expect(beside.tasks).toHaveLength(1);
  });

  test('[DMN-2][SVC-22] a host without room is told of, and gets its task when it has room', async () => {
    const { context, run } = await aScheduler();
    const id = await aHost(context, { memory: 64 });
    await createService(context, { serviceName: 'web', taskDefinition: 'web', schedulingStrategy: 'DAEMON' });
    await run();
    expect(await events(context)).toEqual([
      `${NO_INSTANCE} The closest matching (container-instance ${id}) has insufficient memory available. ${MORE}`,
    ]);
    await context.store.write((tx) => {
      const [host] = tx.all(containerInstances);
      if (host !== undefined)
        tx.put(containerInstances, { ...host, registered: { ...host.registered, memoryMib: 2048 } });
    });
    await run();
    expect(liveTasks(context)).toHaveLength(1);
  });

  test('[SVC-11] a deleted service is INACTIVE for an hour and then forgotten', async () => {
    const { context, run } = await aScheduler();
    await createService(context, { ...WEB, desiredCount: 0 });
    await run();
    await deleteService(context, { service: 'web' });
    await run(3_599_000);
    expect(serviceRow(context)?.status).toBe('INACTIVE');
    await run(2_000);
    expect(serviceRow(context)).toBeUndefined();
  });

  test('[SVC-20] a scheduler that starts later goes on where the rows are', async () => {
    const { context, run, stop } = await aScheduler();
    await aHost(context);
    stop();
    await createService(context, WEB);
    await run();
    expect(liveTasks(context)).toEqual([]);
    const scheduler = startServiceScheduler(context);
    await scheduler.idle();
    expect(liveTasks(context)).toHaveLength(1);
    scheduler.stop();
  });

  test('[DEP-32] that a zone has no room is said once, and tried again after ten minutes', async () => {
    const { context, run } = await aScheduler();
    await aHost(context);
    const small = await aHost(context, { cpu: 128 });
    await context.store.write((tx) => {
      for (const row of tx.all(containerInstances)) {
        const value = row.containerInstanceArn.endsWith(small) ? 'b' : 'a';
        const others = row.attributes.filter(({ name }) => name !== 'ecs.availability-zone');
        const attributes = [...others, { name: 'ecs.availability-zone', value }];
        tx.put(containerInstances, { ...row, attributes });
      }
    });
    await createService(context, { ...WEB, desiredCount: 2 });
    await run();
    await context.store.write((tx) => {
      for (const task of tx.all(tasks))
        tx.put(tasks, { ...task, lastStatus: 'RUNNING', startedAt: context.clock.now() });
    });
    const told = async () =>
      (await events(context)).filter((text) => text?.includes('unable to place a task in b')).length;
    await run(60_000);
    expect(await told()).toBe(1);
    const retryAt = serviceRow(context)?.zoneRebalance?.retryAt;
    expect(retryAt).toBeDefined();
    await run(601_000);
    expect(await told()).toBe(1);
    expect(serviceRow(context)?.zoneRebalance?.retryAt).toBeGreaterThan(retryAt ?? Number.POSITIVE_INFINITY);
  });

  test('[DEP-12] a superseded deployment without tasks is gone at once', async () => {
    const { context, run } = await aScheduler();
    await createService(context, WEB);
    await updateService(context, { service: 'web', forceNewDeployment: true });
    await run();
    expect(serviceRow(context)?.deployments).toHaveLength(1);
  });
});

const FARGATE: RegisterTaskDefinitionRequest = {
  family: 'fargate',
  containerDefinitions: [{ name: 'app', image: 'app' }],
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
};

function onFargate({ store }: TestContext, capacity: Partial<CreateServiceRequest>): CreateServiceRequest {
  const rows = store.read((tx) => tx.all(subnets));
  const networkConfiguration = { awsvpcConfiguration: { subnets: rows.map(({ subnetId }) => subnetId) } };
  return { ...WEB, taskDefinition: 'fargate', networkConfiguration, ...capacity };
}

/** A running scheduler, the cluster `default` and the definition `web` of one container. `run` lets time pass. */
async function aScheduler() {
  const context = await aContext();
  await aCluster(context, { capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  await registerTaskDefinition(context, { family: 'web', containerDefinitions: [CONTAINER] });
  const scheduler = startServiceScheduler(context);
  const run = async (ms = 0): Promise<void> => {
    await scheduler.idle();
    for (let passed = 0; passed < ms; passed += 500) {
      context.clock.advance(500);
      await scheduler.idle();
    }
  };
  return { context, run, stop: () => scheduler.stop() };
}

interface HostOptions {
  readonly cpu?: number;
  readonly memory?: number;
  readonly isConnected?: boolean;
  readonly isPool?: boolean;
}

async function aHost(
  context: TestContext,
  { cpu = 1024, memory = 2048, isConnected = true, isPool = false }: HostOptions = {},
) {
  const { containerInstance } = await registerContainerInstance(context, {
    attributes: isPool
      ? [{ name: 'gantry.pool', value: 'FARGATE' }]
      : [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: cpu },
      { name: 'MEMORY', type: 'INTEGER', integerValue: memory },
    ],
  });
  const arn = containerInstance?.containerInstanceArn ?? '';
  await context.store.write((tx) => {
    const row = tx.get(containerInstances, arn) as ContainerInstance;
    tx.put(containerInstances, { ...row, agentConnected: isConnected });
  });
  return arn.slice(arn.lastIndexOf('/') + 1);
}

const liveTasks = ({ store }: TestContext) =>
  store.read((tx) => tx.all(tasks)).filter(({ lastStatus }) => lastStatus !== 'STOPPED');

const serviceRow = ({ store }: TestContext): Service | undefined => store.read((tx) => tx.all(services))[0];

async function events(context: TestContext): Promise<readonly (string | undefined)[]> {
  const { services: [service] = [] } = await describeServices(context, { services: ['web'] });
  return (service?.events ?? []).map(({ message }) => message);
}
