import { describe, expect, test } from 'vitest';
import { forgetRetired } from '../../controllers/retirement/forget-retired.ts';
import { startServiceScheduler } from '../../controllers/service-scheduler/start-service-scheduler.ts';
import { aTask } from '../../core/task/testing.ts';
import { instant } from '../../lib/clock.ts';
import { putAlarm } from '../../records/alarms.ts';
import { tasks } from '../../records/collections.ts';
import { serviceDeployments, serviceRevisions } from '../../records/service-deployments.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { aCluster, aContext, TEST_START } from '../testing.ts';
import { continueServiceDeployment } from './continue-service-deployment.ts';
import { createService } from './create-service.ts';
import { deleteService } from './delete-service.ts';
import { describeServiceDeployments } from './describe-service-deployments.ts';
import { describeServiceRevisions } from './describe-service-revisions.ts';
import { listServiceDeployments } from './list-service-deployments.ts';
import { listServicesByNamespace } from './list-services-by-namespace.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { stopServiceDeployment } from './stop-service-deployment.ts';
import { updateService } from './update-service.ts';

const WEB = { serviceName: 'web', taskDefinition: 'web', desiredCount: 0 } as const;

describe('service deployments', () => {
  test('[SDP-1][SDP-2] CreateService makes a deployment and its revision', async () => {
    const { context } = await aReadyContext();
    const { service } = await createService(context, WEB);
    const arn = service?.currentServiceDeployment ?? '';
    expect(arn).toMatch(
      /^arn:aws:ecs:us-east-1:123456789012:service-deployment\/default\/web\/[A-Za-z0-9_-]{21}$/,
    );
    const { serviceDeployments: [record] = [] } = await describeServiceDeployments(context, {
      serviceDeploymentArns: [arn],
    });
    const revisionArn = record?.targetServiceRevision?.arn ?? '';
    expect(record).toMatchObject({
      status: 'PENDING',
      createdAt: TEST_START,
      sourceServiceRevisions: [],
      targetServiceRevision: { requestedTaskCount: 0, runningTaskCount: 0, pendingTaskCount: 0 },
      deploymentCircuitBreaker: { status: 'DISABLED', failureCount: 0, threshold: 3 },
      alarms: { status: 'DISABLED', alarmNames: [], triggeredAlarmNames: [] },
    });
    expect(service?.currentServiceRevisions).toEqual([
      { arn: revisionArn, requestedTaskCount: 0, runningTaskCount: 0, pendingTaskCount: 0 },
    ]);
    const { serviceRevisions: [revision] = [] } = await describeServiceRevisions(context, {
      serviceRevisionArns: [revisionArn],
    });
    expect(revision).toMatchObject({
      taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:1',
      launchType: 'EC2',
      containerImages: [{ containerName: 'app', image: 'app' }],
      createdAt: TEST_START,
    });
    expect(revisionArn.split('/').at(-1)).toBe(service?.deployments?.[0]?.id?.slice(8));
  });

  test('[SDP-4][SDP-9] lists the newest first, by status and by time', async () => {
    const { context, run } = await aReadyContext();
    await createService(context, WEB);
    await run();
    context.clock.advance(1000);
    await updateService(context, { service: 'web', forceNewDeployment: true });
    const { serviceDeployments: both = [] } = await listServiceDeployments(context, { service: 'web' });
    expect(both.map(({ status }) => status)).toEqual(['PENDING', 'SUCCESSFUL']);
    const statusOf = async (input: object) => {
      const { serviceDeployments: rows = [] } = await listServiceDeployments(context, {
        service: 'web',
        ...input,
      });
      return rows.map(({ status }) => status);
    };
    expect(await statusOf({ status: ['SUCCESSFUL'] })).toEqual(['SUCCESSFUL']);
    expect(await statusOf({ createdAt: { after: TEST_START } })).toEqual(['PENDING']);
    expect(await statusOf({ createdAt: { before: TEST_START + 1000 } })).toEqual(['SUCCESSFUL']);
    const page = await listServiceDeployments(context, { service: 'web', maxResults: 1 });
    expect(await statusOf({ nextToken: page.nextToken })).toEqual(['SUCCESSFUL']);
  });

  test('[SDP-7] a rollback goes back to the last completed revision, an abort stays', async () => {
    const { context, run } = await aReadyContext();
    const { service } = await createService(context, WEB);
    await run();
    const { service: updated } = await updateService(context, { service: 'web', forceNewDeployment: true });
    const arn = updated?.currentServiceDeployment ?? '';
    await stopServiceDeployment(context, { serviceDeploymentArn: arn });
    expect(await statusOf(context, arn)).toBe('ROLLBACK_REQUESTED');
    await run();
    const { serviceDeployments: [record] = [] } = await describeServiceDeployments(context, {
      serviceDeploymentArns: [arn],
    });
    expect(record).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      rollback: { serviceRevisionArn: service?.currentServiceRevisions?.[0]?.arn },
    });
    const { service: third } = await updateService(context, { service: 'web', forceNewDeployment: true });
    const last = third?.currentServiceDeployment ?? '';
    await stopServiceDeployment(context, { serviceDeploymentArn: last, stopType: 'ABORT' });
    await run();
    expect(await statusOf(context, last)).toBe('STOPPED');
  });

  test('[SDP-6] counts are those of the tasks while the rollout is open, and stay as they were at its end', async () => {
    const { context } = await aReadyContext();
    const { service } = await createService(context, WEB);
    const arn = service?.currentServiceDeployment ?? '';
    const counts = async () => {
      const { serviceDeployments: [record] = [] } = await describeServiceDeployments(context, {
        serviceDeploymentArns: [arn],
      });
      const { runningTaskCount, pendingTaskCount } = record?.targetServiceRevision ?? {};
      return [runningTaskCount, pendingTaskCount];
    };
    const deploymentId = service?.deployments?.[0]?.id;
    const put = (lastStatus: 'RUNNING' | 'PENDING') =>
      context.store.write((tx) => {
        const row = { serviceArn: service?.serviceArn, deploymentId, lastStatus };
        tx.put(tasks, aTask({ ...row, taskArn: `arn:task/${tx.all(tasks).length}` }));
      });
    await put('RUNNING');
    await put('PENDING');
    expect(await counts()).toEqual([1, 1]);
    await context.store.write((tx) => {
      const record = tx.get(serviceDeployments, arn);
      const last = { requestedTaskCount: 9, runningTaskCount: 7, pendingTaskCount: 8 };
      const finalCounts = [{ revisionArn: record?.targetRevisionArn ?? '', ...last }];
      if (record !== undefined) tx.put(serviceDeployments, { ...record, finalCounts });
    });
    expect(await counts()).toEqual([7, 8]);
  });

  test('[SDP-7] refuses what is over and what is not there', async () => {
    const { context, run } = await aReadyContext();
    const { service } = await createService(context, WEB);
    await run();
    const over = { serviceDeploymentArn: service?.currentServiceDeployment ?? '' };
    await expect(stopServiceDeployment(context, over)).rejects.toMatchObject({ code: 'ConflictException' });
    await expect(stopServiceDeployment(context, { serviceDeploymentArn: 'none' })).rejects.toMatchObject({
      code: 'ServiceDeploymentNotFoundException',
      message: 'The service deployment does not exist.',
    });
  });

  test('[SDP-8] a record is gone 90 days after its end, with its revision, and all with the service', async () => {
    const { context, run } = await aReadyContext();
    await createService(context, WEB);
    await run();
    await updateService(context, { service: 'web', forceNewDeployment: true });
    await run();
    const counts = () =>
      context.store.read((tx) => [tx.all(serviceDeployments).length, tx.all(serviceRevisions).length]);
    const days = 90 * 24 * 3_600_000;
    await forgetRetired(context.store, new VirtualClock(instant(TEST_START + days - 1)));
    expect(counts()).toEqual([2, 2]);
    await forgetRetired(context.store, new VirtualClock(instant(TEST_START + days)));
    // The newer rollout names the older one's revision as its source.
    expect(counts()).toEqual([1, 2]);
    await deleteService(context, { service: 'web' });
    await run(3_601_000);
    expect(counts()).toEqual([0, 0]);
  });

  test('[SDP-9] what is not there is a failure, and 20 are the most', async () => {
    const { context } = await aReadyContext();
    expect(await describeServiceDeployments(context, { serviceDeploymentArns: ['none'] })).toEqual({
      serviceDeployments: [],
      failures: [{ arn: 'none', reason: 'MISSING' }],
    });
    expect(await describeServiceRevisions(context, { serviceRevisionArns: ['none'] })).toEqual({
      serviceRevisions: [],
      failures: [{ arn: 'none', reason: 'MISSING' }],
    });
    const many = Array.from({ length: 21 }, (_, index) => `${index}`);
    expect(() => describeServiceDeployments(context, { serviceDeploymentArns: many })).toThrow(/at most 20/);
    expect(() => describeServiceRevisions(context, { serviceRevisionArns: many })).toThrow(/at most 20/);
  });

  test('[DEP-21] a paused deployment goes on, or back, as it is told', async () => {
    const { context, run } = await aReadyContext();
    await createService(context, WEB);
    await run();
    const lifecycleHooks = [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] }] as const;
    const pause = async () => {
      const { service } = await updateService(context, {
        service: 'web',
        forceNewDeployment: true,
        deploymentConfiguration: { lifecycleHooks },
      });
      await run();
      const arn = service?.currentServiceDeployment ?? '';
      const { serviceDeployments: [record] = [] } = await describeServiceDeployments(context, {
        serviceDeploymentArns: [arn],
      });
      const [hook] = record?.lifecycleHookDetails ?? [];
      expect(record).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'PRE_SCALE_UP' });
      expect(hook).toEqual({
        hookId: expect.stringMatching(/^ecs-pause-[A-Za-z0-9_-]{43}$/),
        targetType: 'PAUSE',
        status: 'AWAITING_ACTION',
        expiresAt: TEST_START + 1440 * 60_000,
        timeoutAction: 'ROLLBACK',
      });
      return { serviceDeploymentArn: arn, hookId: hook?.hookId ?? '' };
    };
    const first = await pause();
    await continueServiceDeployment(context, first);
    await run();
    expect(await statusOf(context, first.serviceDeploymentArn)).toBe('SUCCESSFUL');
    await expect(continueServiceDeployment(context, first)).rejects.toThrow(
      'Continuing a service deployment is not allowed for service deployment in terminal states.',
    );
    const second = await pause();
    expect(() => continueServiceDeployment(context, { ...second, hookId: 'x' })).toThrow(
      'Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}',
    );
    await expect(continueServiceDeployment(context, { ...second, hookId: first.hookId })).rejects.toThrow(
      /^Provided hookId is either completed, unavailable/,
    );
    await continueServiceDeployment(context, { ...second, action: 'ROLLBACK' });
    expect(await statusOf(context, second.serviceDeploymentArn)).toBe('ROLLBACK_REQUESTED');
    await run();
    expect(await statusOf(context, second.serviceDeploymentArn)).toBe('ROLLBACK_SUCCESSFUL');
  });

  test('[DEP-22] an alarm takes a deployment back; names that are not known are fine', async () => {
    const { context, run } = await aReadyContext();
    const alarms = { alarmNames: ['errors', 'unknown'], enable: true, rollback: true };
    await createService(context, { ...WEB, deploymentConfiguration: { alarms } });
    await run(60_000);
    const { service } = await updateService(context, { service: 'web', forceNewDeployment: true });
    await run();
    const scheduler = startServiceScheduler(context);
    await context.store.write((tx) => putAlarm(tx, { alarmName: 'errors', state: 'ALARM' }));
    await scheduler.idle();
    scheduler.stop();
    const { serviceDeployments: [record] = [] } = await describeServiceDeployments(context, {
      serviceDeploymentArns: [service?.currentServiceDeployment ?? ''],
    });
    expect(record).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['errors'] },
    });
  });

  test.each([
    [{ lifecycleHooks: [{ targetType: 'AWS_LAMBDA' }] }, 'targetType AWS_LAMBDA is not supported yet.'],
    [
      { lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['TEST_TRAFFIC_SHIFT'] }] },
      'Invalid lifecycle stage provided for Pause Hook',
    ],
    [hookOf(0), 'timeoutInMinutes must be between 1 and 20160.'],
    [hookOf(20_161), 'timeoutInMinutes must be between 1 and 20160.'],
    [{ bakeTimeInMinutes: 1441 }, 'bakeTimeInMinutes must be between 0 and 1440.'],
    [
      { earlySuccessCriteria: { enable: true, healthyPercent: 99 } },
      'must be at least minimumHealthyPercent.',
    ],
  ] as const)('[SVC-4] refuses %j', async (deploymentConfiguration, text) => {
    const { context } = await aReadyContext();
    const answer = Promise.resolve().then(() => createService(context, { ...WEB, deploymentConfiguration }));
    await expect(answer).rejects.toThrow(text);
  });

  test('[SVC-16] there are no namespaces', async () => {
    const { context } = await aReadyContext();
    expect(() => listServicesByNamespace(context, { namespace: 'prod' })).toThrow(
      'The specified namespace was not found.',
    );
  });
});

function hookOf(timeoutInMinutes: number) {
  const timeoutConfiguration = { timeoutInMinutes };
  return {
    lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'], timeoutConfiguration }],
  } as const;
}

async function statusOf(context: Awaited<ReturnType<typeof aContext>>, arn: string) {
  const { serviceDeployments: [record] = [] } = await describeServiceDeployments(context, {
    serviceDeploymentArns: [arn],
  });
  return record?.status;
}

async function aReadyContext() {
  const context = await aContext();
  await aCluster(context);
  await registerTaskDefinition(context, {
    family: 'web',
    containerDefinitions: [{ name: 'app', image: 'app', memory: 128 }],
  });
  const run = async (ms = 0): Promise<void> => {
    const scheduler = startServiceScheduler(context);
    await scheduler.idle();
    context.clock.advance(ms);
    await scheduler.idle();
    scheduler.stop();
  };
  return { context, run };
}
