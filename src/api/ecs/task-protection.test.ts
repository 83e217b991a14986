import { describe, expect, test } from 'vitest';
import { startServiceScheduler } from '../../controllers/service-scheduler/start-service-scheduler.ts';
import { containerInstances, services, tasks } from '../../records/collections.ts';
import { aCluster, aContext, TEST_START } from '../testing.ts';
import { createService } from './create-service.ts';
import { registerContainerInstance } from './register-container-instance.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { runTask } from './run-task.ts';
import { getTaskProtection, updateTaskProtection } from './task-protection.ts';

const CLUSTER = 'default';
const NOBODY = 'f'.repeat(32);

describe('task protection', () => {
  test('[PRT-2][PRT-3] protects for two hours unless told otherwise, anew with each call', async () => {
    const { context, mine } = await aReadyContext();
    const get = () => getTaskProtection(context, { cluster: CLUSTER, tasks: [mine] });
    const update = (input: object) =>
      updateTaskProtection(context, {
        cluster: CLUSTER,
        tasks: [mine],
        protectionEnabled: true,
        ...input,
      });
    expect(get()).toEqual({ protectedTasks: [off(mine)], failures: [] });
    const first = { protectedTasks: [on(mine, TEST_START + 7_200_000)], failures: [] };
    expect(await update({})).toEqual(first);
    expect(get()).toEqual(first);
    context.clock.advance(60_000);
    const { protectedTasks } = await update({ expiresInMinutes: 1 });
    expect(protectedTasks).toEqual([on(mine, TEST_START + 120_000)]);
    context.clock.advance(59_999);
    expect(get()).toEqual({ protectedTasks: [on(mine, TEST_START + 120_000)], failures: [] });
    context.clock.advance(1);
    expect(get()).toEqual({ protectedTasks: [off(mine)], failures: [] });
    await update({});
    expect(await update({ protectionEnabled: false })).toEqual({ protectedTasks: [off(mine)], failures: [] });
  });

  test('[PRT-2] what is not there, and what is of no service, are failures', async () => {
    const { context, alone } = await aReadyContext();
    const answer = await updateTaskProtection(context, {
      cluster: CLUSTER,
      tasks: [NOBODY, alone],
      protectionEnabled: true,
    });
    expect(answer).toEqual({
      protectedTasks: [],
      failures: [
        { arn: `arn:aws:ecs:us-east-1:123456789012:task/default/${NOBODY}`, reason: 'MISSING' },
        { arn: alone, reason: 'TASK_NOT_VALID' },
      ],
    });
  });

  test('[PRT-3] takes 1 to 10 tasks and 1 to 2880 minutes', async () => {
    const { context, mine } = await aReadyContext();
    const update = (input: object) => () =>
      updateTaskProtection(context, { cluster: CLUSTER, tasks: [mine], protectionEnabled: true, ...input });
    for (const expiresInMinutes of [0, 2881, 1.5])
      expect(update({ expiresInMinutes })).toThrow('expiresInMinutes must be between 1 and 2880.');
    for (const expiresInMinutes of [1, 2880]) await update({ expiresInMinutes })();
    expect(update({ tasks: [] })).toThrow('Tasks cannot be empty.');
    expect(update({ tasks: Array.from({ length: 11 }, () => mine) })).toThrow('more than 10');
    expect(() => getTaskProtection(context, { cluster: CLUSTER })).toThrow('Tasks cannot be empty.');
  });

  test('[PRT-4] no more old tasks are protected while others hold the deployment up', async () => {
    const { context, mine } = await aReadyContext();
    await context.store.write((tx) => {
      const [service] = tx.all(services);
      if (service === undefined) return;
      const notice = { message: '', writtenAt: TEST_START };
      const deployments = service.deployments.map((each) => ({ ...each, id: 'ecs-svc/2' }));
      tx.put(services, { ...service, deployments, protectionNotice: notice });
    });
    const answer = await updateTaskProtection(context, {
      cluster: CLUSTER,
      tasks: [mine],
      protectionEnabled: true,
    });
    expect(answer.failures).toEqual([{ arn: mine, reason: 'DEPLOYMENT_BLOCKED' }]);
  });
});

const on = (taskArn: string, expirationDate: number) => ({
  taskArn,
  protectionEnabled: true,
  expirationDate,
});
const off = (taskArn: string) => ({ taskArn, protectionEnabled: false, expirationDate: undefined });

/** A task of a service, and one of none. */
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
  await createService(context, { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
  const scheduler = startServiceScheduler(context);
  await scheduler.idle();
  scheduler.stop();
  const [mine] = context.store.read((tx) => tx.all(tasks));
  const { tasks: [alone] = [] } = await runTask(context, { taskDefinition: 'web' });
  return { context, mine: mine?.taskArn ?? '', alone: alone?.taskArn ?? '' };
}
