import { describe, expect, test } from 'vitest';
import { createService } from '../../api/ecs/create-service.ts';
import { deleteDaemon } from '../../api/ecs/delete-daemon.ts';
import { deleteDaemonTaskDefinition } from '../../api/ecs/delete-daemon-task-definition.ts';
import { describeContainerInstances } from '../../api/ecs/describe-container-instances.ts';
import { describeDaemon } from '../../api/ecs/describe-daemon.ts';
import { describeDaemonDeployments } from '../../api/ecs/describe-daemon-deployments.ts';
import { describeDaemonRevisions } from '../../api/ecs/describe-daemon-revisions.ts';
import { describeDaemonTaskDefinition } from '../../api/ecs/describe-daemon-task-definition.ts';
import { registerTaskDefinition } from '../../api/ecs/register-task-definition.ts';
import { runTask } from '../../api/ecs/run-task.ts';
import { updateContainerInstancesState } from '../../api/ecs/update-container-instances-state.ts';
import { updateDaemon } from '../../api/ecs/update-daemon.ts';
import type { TestContext } from '../../api/testing.ts';
import type { Task } from '../../domain/task.ts';
import { putAlarm } from '../../records/alarms.ts';
import { updateTask } from '../../records/tasks.ts';
import { startServiceScheduler } from '../service-scheduler/start-service-scheduler.ts';
import {
  A_DAEMON,
  aDaemonHost,
  aDaemonLab,
  aDefinition,
  agentsReport,
  aProvider,
  connect,
  definitionArn,
  failTasks,
  providerArn,
} from './testing.ts';

const DAEMON = 'arn:aws:ecs:us-east-1:123456789012:daemon/default/agent';
const UPDATE = {
  daemonArn: DAEMON,
  daemonTaskDefinitionArn: definitionArn(2),
  capacityProviderArns: A_DAEMON.capacityProviderArns,
};

const deploymentOf = async (context: TestContext) => {
  const { daemon } = await describeDaemon(context, { daemonArn: DAEMON });
  const { daemonDeployments = [] } = await describeDaemonDeployments(context, {
    daemonDeploymentArns: [daemon?.deploymentArn ?? ''],
  });
  return daemonDeployments[0];
};
const revisionsOf = (tasks: readonly Task[]) => tasks.map(({ revision }) => revision).sort();

describe('startDaemonScheduler', () => {
  test('[MDM-20] every host of the provider has one task, and so has each that joins', async () => {
    const { context, run, live, create } = await aDaemonLab();
    const hosts = [await aDaemonHost(context), await aDaemonHost(context)];
    await aProvider(context, 'other');
    await aDaemonHost(context, 'other');
    await create({
      tags: [{ key: 'team', value: 'blue' }],
      propagateTags: 'DAEMON',
      enableECSManagedTags: true,
    });
    expect(
      live()
        .map(({ instanceArn }) => instanceArn)
        .sort(),
    ).toEqual(hosts.sort());
    expect(live()[0]).toMatchObject({
      daemonArn: DAEMON,
      group: 'daemon:agent',
      startedBy: 'daemon/agent',
      capacityProviderName: 'own',
      taskDefinitionArn: definitionArn(1),
      tags: [
        { key: 'team', value: 'blue' },
        { key: 'aws:ecs:clusterName', value: 'default' },
      ],
    });
    await agentsReport(context);
    await run();
    expect(await deploymentOf(context)).toMatchObject({ status: 'SUCCESSFUL' });
    const late = await aDaemonHost(context);
    await run();
    expect(live().map(({ instanceArn }) => instanceArn)).toContain(late);
    expect(live()).toHaveLength(3);
  });

  test('[MDM-34] what the first task ran is shown, stays, and begins anew with the next revision', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    const imageDigest = `sha256:${'1'.repeat(64)}`;
    const know = (digest: string) =>
      context.store.write((tx) => {
        for (const task of live())
          updateTask(tx, {
            ...task,
            containers: task.containers.map((each) => ({ ...each, imageDigest: digest })),
          });
      });
    const digestOf = async (revisionArn: string | undefined) => {
      const { daemonRevisions = [] } = await describeDaemonRevisions(context, {
        daemonRevisionArns: [revisionArn ?? ''],
      });
      return daemonRevisions[0]?.containerImages?.[0]?.imageDigest;
    };
    await know(imageDigest);
    await run();
    const first = (await deploymentOf(context))?.targetDaemonRevision?.arn;
    await failTasks(context, live());
    expect(await digestOf(first)).toBe(imageDigest);
    await run(60_000);
    await know(`sha256:${'2'.repeat(64)}`);
    await run();
    expect(await digestOf(first)).toBe(imageDigest);
    await updateDaemon(context, UPDATE);
    await run();
    expect(await digestOf((await deploymentOf(context))?.targetDaemonRevision?.arn)).toBeUndefined();
  });

  test('[MDM-21] a host without its agent keeps its task; one that drains loses it last', async () => {
    const { context, run, live, create } = await aDaemonLab();
    const host = await aDaemonHost(context);
    await create();
    await agentsReport(context);
    await registerTaskDefinition(context, {
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 64 }],
    });
    const { tasks: apps = [] } = await runTask(context, { taskDefinition: 'app' });
    expect(apps).toHaveLength(1);
    await connect(context, host, false);
    await run();
    expect(live().every(({ desiredStatus }) => desiredStatus === 'RUNNING')).toBe(true);
    await connect(context, host, true);
    await updateContainerInstancesState(context, { containerInstances: [host], status: 'DRAINING' });
    await run();
    expect(live().every(({ desiredStatus }) => desiredStatus === 'RUNNING')).toBe(true);
    await failTasks(
      context,
      live().filter(({ daemonArn }) => daemonArn === undefined),
    );
    await run();
    expect(live().map(({ desiredStatus }) => desiredStatus)).toEqual(['STOPPED']);
    await agentsReport(context);
    await updateContainerInstancesState(context, { containerInstances: [host], status: 'ACTIVE' });
    await run();
    expect(live()).toHaveLength(1);
  });

  test('[MDM-22] other tasks are placed once critical daemons run, and services wait for that', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    await registerTaskDefinition(context, {
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 64 }],
    });
    const early = await runTask(context, { taskDefinition: 'app' });
    expect(early.failures?.map(({ reason }) => reason)).toEqual(['DAEMON']);
    const services = startServiceScheduler(context);
    await createService(context, { serviceName: 'app', taskDefinition: 'app', desiredCount: 1 });
    await services.idle();
    expect(live().filter(({ serviceArn }) => serviceArn !== undefined)).toEqual([]);
    await agentsReport(context);
    await run();
    await services.idle();
    expect(live().filter(({ serviceArn }) => serviceArn !== undefined)).toHaveLength(1);
  });

  test('[MDM-22] others do not wait for a daemon that is not critical', async () => {
    const { context, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create({ critical: false });
    await registerTaskDefinition(context, {
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 64 }],
    });
    expect((await runTask(context, { taskDefinition: 'app' })).tasks).toHaveLength(1);
    const { daemon } = await describeDaemon(context, { daemonArn: DAEMON });
    expect(daemon?.currentRevisions?.[0]).toMatchObject({ totalRunningCount: 0, totalWithoutDaemonCount: 1 });
  });

  test('[MDM-30] others leave room for a daemon that is to come', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create({ critical: false });
    await agentsReport(context);
    await run();
    await registerTaskDefinition(context, {
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 1024 - 64 }],
    });
    await failTasks(context, live());
    await registerTaskDefinition(context, {
      family: 'large',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 1024 - 63 }],
    });
    const refused = await runTask(context, { taskDefinition: 'large' });
    expect(refused.failures?.map(({ reason }) => reason)).toEqual(['RESOURCE:MEMORY']);
    expect((await runTask(context, { taskDefinition: 'app' })).tasks).toHaveLength(1);
    await run(10_000);
    expect(live()).toHaveLength(2);
  });

  test('[MDM-33] the health of a host tells of its critical daemons', async () => {
    const { context, run, live, create } = await aDaemonLab();
    const host = await aDaemonHost(context);
    const statusOf = async () => {
      const { containerInstances = [] } = await describeContainerInstances(context, {
        containerInstances: [host],
        include: ['CONTAINER_INSTANCE_HEALTH'],
      });
      const details = containerInstances[0]?.healthStatus?.details ?? [];
      return details.find(({ type }) => type === 'DAEMON')?.status;
    };
    expect(await statusOf()).toBeUndefined();
    await create();
    expect(await statusOf()).toBe('INITIALIZING');
    await failTasks(context, live());
    await run();
    expect(await statusOf()).toBe('IMPAIRED');
    await run(5_000);
    await agentsReport(context);
    expect(await statusOf()).toBe('OK');
  });

  test('[MDM-23] an update replaces a batch of hosts after the other', async () => {
    const { context, run, live, create } = await aDaemonLab();
    for (let count = 0; count < 4; count += 1) await aDaemonHost(context);
    await create({ deploymentConfiguration: { drainPercent: 50 } });
    await agentsReport(context);
    await run();
    await updateDaemon(context, UPDATE);
    const seen: number[][] = [];
    for (let step = 0; step < 5; step += 1) {
      await run();
      seen.push(revisionsOf(live().filter(({ desiredStatus }) => desiredStatus === 'RUNNING')));
      await agentsReport(context);
    }
    expect(seen).toEqual([
      [1, 1],
      [1, 1, 2, 2],
      [2, 2],
      [2, 2, 2, 2],
      [2, 2, 2, 2],
    ]);
    expect(await deploymentOf(context)).toMatchObject({
      status: 'SUCCESSFUL',
      targetDaemonRevision: { totalRunningInstanceCount: 4 },
    });
  });

  test('[MDM-25][MDM-26] a revision that does not start is rolled back after three failures', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    await agentsReport(context);
    await run();
    await updateDaemon(context, UPDATE);
    await run();
    await agentsReport(context);
    for (let failure = 0; failure < 3; failure += 1) {
      await run(10_000);
      await failTasks(context, live());
    }
    await run();
    expect(await deploymentOf(context)).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      circuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
      rollback: { rollbackCapacityProviders: [providerArn('own')] },
    });
    expect(revisionsOf(live())).toEqual([1]);
    await agentsReport(context);
    await run();
    expect(await deploymentOf(context)).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
  });

  test('[MDM-25] a host without room gets its task when there is room', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await registerTaskDefinition(context, {
      family: 'app',
      containerDefinitions: [{ name: 'app', image: 'app', memory: 1000 }],
    });
    await runTask(context, { taskDefinition: 'app' });
    const apps = live();
    await create();
    await run(60_000);
    expect(live()).toEqual(apps);
    expect(await deploymentOf(context)).toMatchObject({ status: 'STOPPED' });
    await failTasks(context, apps);
    await run(60_000);
    expect(live().map(({ daemonArn }) => daemonArn)).toEqual([DAEMON]);
  });

  test('[MDM-28] an alarm that is raised in the bake time rolls it back', async () => {
    const { context, run, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    await agentsReport(context);
    await run();
    const alarms = { alarmNames: ['errors'], enable: true };
    await updateDaemon(context, { ...UPDATE, deploymentConfiguration: { bakeTimeInMinutes: 5, alarms } });
    for (let step = 0; step < 3; step += 1) {
      await run();
      await agentsReport(context);
    }
    await run();
    expect(await deploymentOf(context)).toMatchObject({ status: 'IN_PROGRESS' });
    await context.store.write((tx) => putAlarm(tx, { alarmName: 'errors', state: 'ALARM' }));
    await run();
    expect(await deploymentOf(context)).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['errors'] },
    });
  });

  test('[MDM-29][MDM-5] a deletion takes the tasks away, then the daemon and what only it used', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    await agentsReport(context);
    await run();
    await deleteDaemonTaskDefinition(context, { daemonTaskDefinition: 'agent:1' });
    const statusOf = async () =>
      (await describeDaemonTaskDefinition(context, { daemonTaskDefinition: 'agent:1' })).daemonTaskDefinition
        ?.status;
    expect(await statusOf()).toBe('DELETE_IN_PROGRESS');
    const { deploymentArn = '' } = await deleteDaemon(context, { daemonArn: DAEMON });
    await run();
    expect(live().map(({ desiredStatus }) => desiredStatus)).toEqual(['STOPPED']);
    await agentsReport(context);
    await run();
    expect(() => describeDaemon(context, { daemonArn: DAEMON })).toThrow('Daemon not found.');
    const { daemonDeployments } = await describeDaemonDeployments(context, {
      daemonDeploymentArns: [deploymentArn],
    });
    expect(daemonDeployments).toMatchObject([{ status: 'SUCCESSFUL' }]);
    expect(await statusOf()).toBe('DELETED');
    await aDefinition(context);
    expect(await create({ daemonTaskDefinitionArn: definitionArn(3) })).toMatchObject({ status: 'ACTIVE' });
  });
});
