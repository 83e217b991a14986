import { describe, expect, test } from 'vitest';
import type { Service } from '../../domain/service.ts';
import { services, subnets, tasks } from '../../records/collections.ts';
import { anInstance, aPoolHost, storeDefinition, storeHosts } from '../../records/testing.ts';
import type { ListTasksRequest, RunTaskRequest } from '../../shapes/generated/ecs.ts';
import { aCluster, aContext } from '../testing.ts';
import { describeTasks } from './describe-tasks.ts';
import { listTasks } from './list-tasks.ts';
import { runTask } from './run-task.ts';
import { stopTask } from './stop-task.ts';
import { submitAttachmentStateChanges } from './submit-attachment-state-changes.ts';
import { submitContainerStateChange } from './submit-container-state-change.ts';
import { submitTaskStateChange } from './submit-task-state-change.ts';

const ID = '0'.repeat(32);
const MISSING_ARN = `arn:aws:ecs:us-east-1:123456789012:task/default/${ID}`;

describe('stopTask', () => {
  test('[TSK-42] answers at once: desired STOPPED, status unchanged, tags gone', async () => {
    const world = await aWorld();
    const [arn = ''] = await world.start({ tags: [{ key: 'a', value: 'b' }] });
    expect((await stopTask(world.context, { task: arn })).task).toMatchObject({
      desiredStatus: 'STOPPED',
      lastStatus: 'PROVISIONING',
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
      stoppingAt: world.context.clock.now(),
      tags: [],
      version: 2,
    });
    const again = await stopTask(world.context, { task: arn.slice(-32), reason: 'other' });
    expect(again.task).toMatchObject({ stoppedReason: 'Task stopped by user', version: 2 });
  });

  test('[TSK-42] keeps the caller’s reason word for word', async () => {
    const world = await aWorld();
    const [arn = ''] = await world.start({});
    expect((await stopTask(world.context, { task: arn, reason: 'enough' })).task?.stoppedReason).toBe(
      'enough',
    );
  });

  test.each([
    { name: 'an unknown task', task: ID, message: 'The referenced task was not found.' },
    { name: 'text that is no id', task: 'nope', message: 'Task Identifier is invalid' },
    {
      name: 'a cluster',
      task: 'arn:aws:ecs:us-east-1:123456789012:cluster/x',
      message: 'Unsupported resource type: cluster',
    },
  ])('[TSK-41] refuses $name', async ({ task, message }) => {
    const { context } = await aWorld();
    await expect((async () => stopTask(context, { task }))()).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message,
    });
  });

  test('[TSK-41] a task of another cluster is not found', async () => {
    const world = await aWorld();
    await aCluster(world.context, { clusterName: 'other' });
    const [arn = ''] = await world.start({});
    await expect(stopTask(world.context, { task: arn, cluster: 'other' })).rejects.toMatchObject({
      message: 'The referenced task was not found.',
    });
  });
});

describe('describeTasks', () => {
  test('[TSK-43] answers by id and ARN, once each, tags on request, and what is missing', async () => {
    const world = await aWorld();
    const [one = '', two = ''] = await world.start({ count: 2, tags: [{ key: 'a', value: 'b' }] });
    const names = [two, one.slice(-32), one, ID];
    const plain = await describeTasks(world.context, { tasks: names });
    expect(plain.tasks).toMatchObject([{ taskArn: two, tags: [] }, { taskArn: one }]);
    expect(plain.failures).toEqual([{ arn: MISSING_ARN, reason: 'MISSING' }]);
    const tagged = await describeTasks(world.context, { tasks: [one], include: ['TAGS'] });
    expect(tagged.tasks).toMatchObject([{ tags: [{ key: 'a', value: 'b' }] }]);
  });

  test('[TSK-43] refuses none and more than 100', async () => {
    const { context } = await aWorld();
    expect(() => describeTasks(context, { tasks: [] })).toThrow('Tasks cannot be empty.');
    expect(() => describeTasks(context, { tasks: Array.from({ length: 101 }, () => ID) })).toThrow('100');
  });

  test('[TSK-40] shows the interface of an attached task with its address', async () => {
    const world = await aWorld();
    const [arn = ''] = await world.start({});
    await submitTaskStateChange(world.context, {
      task: arn,
      status: 'RUNNING',
      containers: [{ containerName: 'app', status: 'RUNNING', runtimeId: 'r' }],
    });
    const { tasks: [task] = [] } = await describeTasks(world.context, { tasks: [arn] });
    expect(task?.attachments?.[0]?.details?.map(({ name }) => name)).toEqual([
      'subnetId',
      'networkInterfaceId',
      'macAddress',
      'privateDnsName',
      'privateIPv4Address',
    ]);
    expect(task).toMatchObject({
      lastStatus: 'RUNNING',
      connectivity: 'CONNECTED',
      attachments: [{ status: 'ATTACHED' }],
      fargateEphemeralStorage: { sizeInGiB: 20 },
      containers: [
        {
          networkBindings: [],
          networkInterfaces: [{ privateIpv4Address: expect.stringMatching(/^172\.31\./) }],
        },
      ],
    });
  });
});

describe('listTasks', () => {
  test('[TSK-44] pages through all tasks in order', async () => {
    const world = await aWorld();
    const started = [...(await world.start({ count: 5 }))].sort();
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await listTasks(world.context, { maxResults: 2, nextToken });
      found.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found).toEqual(started);
  });

  test.each<{ name: string; input: ListTasksRequest; want: string }>([
    { name: 'without a filter lists what should run', input: {}, want: 'abs' },
    { name: 'by family', input: { family: 'web' }, want: 'as' },
    { name: 'by startedBy', input: { startedBy: 'me' }, want: 'a' },
    { name: 'by launch type', input: { launchType: 'EC2' }, want: 'b' },
    { name: 'by instance', input: { containerInstance: 'i1' }, want: 'b' },
    { name: 'by service', input: { serviceName: 'svc' }, want: 's' },
    { name: 'by two filters', input: { family: 'web', launchType: 'EC2' }, want: '' },
    { name: 'by what should be stopped', input: { desiredStatus: 'STOPPED' }, want: 'x' },
    { name: 'by PENDING, which no task ever should be', input: { desiredStatus: 'PENDING' }, want: '' },
  ])('[TSK-44] $name', async ({ input, want }) => {
    const world = await aWorld();
    const names = new Map<string | undefined, string>();
    names.set((await world.start({ startedBy: 'me' }))[0], 'a');
    names.set(
      (await world.start({ taskDefinition: 'batch', launchType: 'EC2', networkConfiguration: undefined }))[0],
      'b',
    );
    const [stopped = ''] = await world.start({});
    names.set(stopped, 'x');
    await stopTask(world.context, { task: stopped });
    names.set(await world.startOfService(), 's');
    const { taskArns = [] } = await listTasks(world.context, input);
    expect(
      taskArns
        .map((arn) => names.get(arn))
        .sort()
        .join(''),
    ).toBe(want);
  });

  test.each<{ name: string; input: ListTasksRequest; code?: string; message: string }>([
    {
      name: 'startedBy beside another filter',
      input: { startedBy: 'me', family: 'web' },
      message: 'When startedBy is specified, it must be the only filter.',
    },
    {
      name: 'an unknown service',
      input: { serviceName: 'nope' },
      code: 'ServiceNotFoundException',
      message: 'Service not found.',
    },
    {
      name: 'an unknown instance',
      input: { containerInstance: 'nope' },
      message: 'The referenced container instance was not found.',
    },
    {
      name: 'a host of the pool',
      input: { containerInstance: aPoolHost({ instanceId: 'h1' }).containerInstanceArn },
      message: 'The referenced container instance was not found.',
    },
    { name: 'a made-up token', input: { nextToken: 'x' }, message: 'Invalid token provided.' },
  ])('[TSK-44] refuses $name', async ({ input, code = 'InvalidParameterException', message }) => {
    const { context } = await aWorld();
    await expect((async () => listTasks(context, input))()).rejects.toMatchObject({ code, message });
  });
});

describe('submitTaskStateChange', () => {
  test('[TSK-17] acknowledges reports of unknown, ended and unnamed tasks', async () => {
    const { context } = await aWorld();
    for (const input of [
      {},
      { task: MISSING_ARN, status: 'RUNNING' },
      { task: 'nope', cluster: 'nope', status: 'STOPPED' },
    ]) {
      expect(await submitTaskStateChange(context, input)).toEqual({ acknowledgment: 'ACK' });
    }
  });

  test('[TSK-17] a late report of an ended task changes nothing', async () => {
    const world = await aWorld();
    const [arn = ''] = await world.start({
      taskDefinition: 'batch',
      launchType: 'EC2',
      networkConfiguration: undefined,
    });
    await submitTaskStateChange(world.context, { task: arn, status: 'RUNNING', pullStartedAt: 0 });
    await submitTaskStateChange(world.context, {
      task: arn,
      status: 'STOPPED',
      containers: [{ containerName: 'app', status: 'STOPPED', exitCode: 3 }],
    });
    const before = world.row(arn);
    expect(before).toMatchObject({
      lastStatus: 'STOPPED',
      version: 3,
      containers: [{ exitCode: 3 }],
    });
    await submitTaskStateChange(world.context, { task: arn, status: 'RUNNING' });
    expect(world.row(arn)).toBe(before);
  });
});

describe('submitContainerStateChange', () => {
  test('[TSK-17] takes the report of one container', async () => {
    const world = await aWorld();
    const [arn = ''] = await world.start({});
    const input = { task: arn, containerName: 'app', status: 'RUNNING', runtimeId: 'r1' };
    expect(await submitContainerStateChange(world.context, input)).toEqual({ acknowledgment: 'ACK' });
    expect(world.row(arn)).toMatchObject({
      lastStatus: 'PROVISIONING',
      containers: [{ lastStatus: 'RUNNING', runtimeId: 'r1' }],
    });
  });
});

describe('submitAttachmentStateChanges', () => {
  test('[TSK-17] acknowledges', async () => {
    const { context } = await aWorld();
    expect(await submitAttachmentStateChanges(context, { attachments: [] })).toEqual({
      acknowledgment: 'ACK',
    });
  });
});

/** A cluster with a pool host, an instance, the FARGATE definition `web:1` and the bridge definition `batch:1`. */
async function aWorld() {
  const context = await aContext();
  const { store } = context;
  const cluster = await aCluster(context);
  await storeHosts(store, [aPoolHost({ instanceId: 'h1' }), anInstance({ instanceId: 'i1' })]);
  await storeDefinition(store);
  await storeDefinition(store, { family: 'batch', networkMode: 'bridge', compatibilities: ['EC2'] });
  const ids = store.read((tx) => tx.all(subnets)).map(({ subnetId }) => subnetId);
  const start = async (input: Partial<RunTaskRequest>): Promise<readonly string[]> => {
    const answer = await runTask(context, {
      taskDefinition: 'web',
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ids } },
      ...input,
    });
    return (answer.tasks ?? []).map(({ taskArn = '' }) => taskArn);
  };
  return {
    context,
    start,
    row: (arn: string) => store.read((tx) => tx.get(tasks, arn)),
    startOfService: async () => {
      const [arn = ''] = await start({});
      const serviceArn = 'arn:aws:ecs:us-east-1:123456789012:service/default/svc';
      await store.write((tx) => {
        const task = tx.get(tasks, arn);
        if (task !== undefined) tx.put(tasks, { ...task, serviceArn });
        const service = {
          serviceArn,
          serviceName: 'svc',
          clusterArn: cluster.clusterArn,
          status: 'ACTIVE',
          deployments: [],
        };
        tx.put(services, service as unknown as Service);
      });
      return arn;
    },
  };
}
