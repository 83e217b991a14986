import { describe, expect, test } from 'vitest';
import { DEFAULT_SCHEDULER_SETTINGS } from '../../core/deployment/service-view.ts';
import { NO_RESOURCES } from '../../domain/resources.ts';
import { services, tasks } from '../../records/collections.ts';
import { launchTasks } from '../../records/launch-task.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import { anInstance, storeDefinition, storeHosts } from '../../records/testing.ts';
import { createService } from '../ecs/create-service.ts';
import { runTask } from '../ecs/run-task.ts';
import { aCluster, aContext, TEST_START } from '../testing.ts';
import { why } from './why.ts';

const explain = why(DEFAULT_SCHEDULER_SETTINGS);
const HOSTS = 'arn:aws:ecs:us-east-1:123456789012:container-instance/default/';

async function aWorld() {
  const context = await aContext();
  const cluster = await aCluster(context);
  await storeDefinition(context.store, {
    networkMode: 'bridge',
    compatibilities: ['EC2'],
    cpu: undefined,
    memory: undefined,
    containerDefinitions: [{ name: 'app', image: 'nginx:1', cpu: 512, memory: 300, essential: true }],
  });
  return { context, cluster };
}

describe('why', () => {
  test('[EXP-7] says of a definition why RunTask finds no host, and when it would find one', async () => {
    const { context } = await aWorld();
    const none = await explain(context, { subject: 'web:1' });
    expect(none).toMatchObject({
      subject: 'task definition web:1 in cluster default',
      state: 'No task of it could start now.',
      waits: [{ waitsFor: 'a host for launch type EC2: there is none', hosts: [] }],
    });
    const small = { ...NO_RESOURCES, cpuUnits: 500, memoryMib: 999 };
    await storeHosts(context.store, [anInstance({ instanceId: 'i1', registered: small })]);
    const answer = await runTask(context, { taskDefinition: 'web' });
    expect(answer.failures).toMatchObject([{ reason: 'RESOURCE:CPU' }]);
    const lacking = await explain(context, { subject: 'web:1' });
    expect(lacking.waits).toEqual([
      {
        waitsFor: 'a host that can take it for launch type EC2',
        hosts: [{ hostArn: `${HOSTS}i1`, reason: 'RESOURCE:CPU', lack: '12 CPU units are missing' }],
      },
    ]);
    await storeHosts(context.store, [anInstance({ instanceId: 'i2' })]);
    expect(await explain(context, { subject: 'web:1' })).toMatchObject({
      state: 'A task of it could start now.',
      facts: ['A task of it would find a host for launch type EC2.'],
      waits: [],
    });
    expect(() => explain(context, { subject: 'web:7' })).toThrow('There is no task definition web:7.');
    expect(() => explain(context, { subject: 'nope' })).toThrow('as family:revision');
  });

  test('[EXP-2][EXP-4] names each host and by how much it falls short', async () => {
    const { context } = await aWorld();
    await storeHosts(context.store, [
      anInstance({ instanceId: 'i1', registered: { ...NO_RESOURCES, cpuUnits: 500, memoryMib: 999 } }),
      anInstance({ instanceId: 'i2', registered: { ...NO_RESOURCES, cpuUnits: 999, memoryMib: 299 } }),
      anInstance({ instanceId: 'i3', agentConnected: false }),
      anInstance({ instanceId: 'i4', status: 'DRAINING' }),
      anInstance({ instanceId: 'i5', attributes: [] }),
    ]);
    await createService(context, {
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:rack exists' }],
    });
    await context.store.write((tx) => {
      for (const service of tx.all(services)) {
        tx.put(services, { ...service, launchNotice: { message: '', writtenAt: TEST_START, cause: 'room' } });
      }
    });
    const answer = await explain(context, { subject: 'web' });
    expect(answer).toMatchObject({
      subject: 'service web in cluster default',
      state: 'It wants 2 tasks; 0 of its tasks are RUNNING, 0 are on their way in or out.',
      next: 'The scheduler tries again to start 2 tasks.',
    });
    expect(answer.waits).toEqual([
      {
        waitsFor: 'room on a host',
        since: TEST_START,
        hosts: [
          { hostArn: `${HOSTS}i1`, reason: 'RESOURCE:CPU', lack: '12 CPU units are missing' },
          { hostArn: `${HOSTS}i2`, reason: 'RESOURCE:MEMORY', lack: '1 MiB of memory are missing' },
          { hostArn: `${HOSTS}i3`, reason: 'AGENT', lack: 'its agent is not connected' },
          { hostArn: `${HOSTS}i4`, reason: 'INACTIVE', lack: 'takes no new tasks: it is DRAINING' },
          {
            hostArn: `${HOSTS}i5`,
            reason: 'MemberOf placement constraint unsatisfied.',
            lack: 'MemberOf placement constraint unsatisfied.',
          },
        ],
      },
    ]);
  });

  test('[EXP-3] a task by its id, its ARN, and in another cluster', async () => {
    const { context } = await aWorld();
    await storeHosts(context.store, [anInstance({ instanceId: 'i1' })]);
    const { tasks: started = [] } = await runTask(context, { taskDefinition: 'web' });
    const taskArn = started[0]?.taskArn ?? '';
    const expected = {
      subject: `task ${taskArn.slice(-32)} in cluster default`,
      state: 'It is PENDING.',
      facts: [`It is placed on ${HOSTS}i1.`],
      waits: [{ waitsFor: 'its host to fetch its images: nginx:1', since: TEST_START }],
      next: 'It goes on when that is there.',
    };
    expect(await explain(context, { subject: taskArn })).toEqual(expected);
    expect(await explain(context, { subject: taskArn.slice(-32) })).toEqual(expected);
    await aCluster(context, { clusterName: 'other' });
    const elsewhere = async () => explain(context, { cluster: 'other', subject: taskArn.slice(-32) });
    await expect(elsewhere()).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('[EXP-1] what is not there', async () => {
    const { context } = await aWorld();
    expect(() => explain(context, { subject: 'nope' })).toThrow('There is no service nope.');
    expect(() => explain(context, { cluster: 'nope', subject: 'web' })).toThrow('Cluster not found.');
  });

  test('[EXP-4] a service names the first ten of its tasks that wait', async () => {
    const { context, cluster } = await aWorld();
    const registered = { ...NO_RESOURCES, cpuUnits: 90_000, memoryMib: 90_000 };
    await storeHosts(context.store, [anInstance({ instanceId: 'i1', registered })]);
    const { service } = await createService(context, {
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 12,
    });
    await context.store.write((tx) => {
      const definition = findTaskDefinition(tx, context.installation, 'web');
      if (definition === undefined) throw new Error('no definition');
      launchTasks(
        { tx, ids: context.ids, now: TEST_START, scope: context.installation },
        {
          cluster,
          definition,
          count: 12,
          capacity: { launchType: 'EC2' },
          group: 'service:web',
          service: {
            serviceArn: service?.serviceArn ?? '',
            deploymentId: service?.deployments?.[0]?.id ?? '',
          },
          tags: [],
          enableExecuteCommand: false,
        },
      );
    });
    const { waits, next } = await explain(context, { subject: 'web' });
    expect(context.store.read((tx) => tx.all(tasks))).toHaveLength(12);
    expect(waits.map(({ waitsFor }) => waitsFor.replace(/[0-9a-f]{32}/, 'x'))).toEqual([
      ...Array(10).fill('task x: its host to fetch its images: nginx:1'),
      '2 more tasks',
    ]);
    expect(next).toBe('The scheduler looks again when a task changes.');
  });
});
