import { describe, expect, test } from 'vitest';
import { instant } from '../../lib/clock.ts';
import { containerInstances } from '../../records/collections.ts';
import { isNewsOfHealth, recordInstanceHealth } from '../../records/instance-health.ts';
import { anInstance, aPoolHost, storeHosts } from '../../records/testing.ts';
import { aCluster, aContext } from '../testing.ts';
import { describeContainerInstances } from './describe-container-instances.ts';
import { updateContainerAgent } from './update-container-agent.ts';
import { updateContainerInstancesState } from './update-container-instances-state.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:container-instance/default/';

async function aFleet() {
  const context = await aContext();
  await aCluster(context);
  await storeHosts(context.store, [
    anInstance({ instanceId: 'i1', agentVersion: '1.70.0' }),
    anInstance({ instanceId: 'i2', status: 'INACTIVE' }),
    anInstance({ instanceId: 'i3', launchType: 'EXTERNAL', agentVersion: '1.70.0' }),
    anInstance({ instanceId: 'i4', agentConnected: false }),
    aPoolHost({ instanceId: 'p1' }),
  ]);
  return context;
}

describe('updateContainerInstancesState', () => {
  test('[INS-12] changes what it can, and says which it cannot', async () => {
    const context = await aFleet();
    const input = { containerInstances: ['i1', 'i2', 'i9'], status: 'DRAINING' } as const;
    const answer = await updateContainerInstancesState(context, input);
    expect(answer.containerInstances).toMatchObject([{ status: 'DRAINING', version: 2 }]);
    expect(answer.failures).toEqual([
      { arn: `${PREFIX}i2`, reason: 'INACTIVE' },
      { arn: `${PREFIX}i9`, reason: 'MISSING' },
    ]);
    const again = await updateContainerInstancesState(context, input);
    expect(again.containerInstances).toMatchObject([{ status: 'DRAINING', version: 2 }]);
    const back = await updateContainerInstancesState(context, {
      containerInstances: [`${PREFIX}i1`],
      status: 'ACTIVE',
    });
    expect(back.containerInstances).toMatchObject([{ status: 'ACTIVE', version: 3 }]);
  });

  test('[INS-6] drains hosts of the pool under its name', async () => {
    const answer = await updateContainerInstancesState(await aFleet(), {
      cluster: 'gantry-fargate-pool',
      containerInstances: ['p1'],
      status: 'DRAINING',
    });
    expect(answer.containerInstances).toMatchObject([{ status: 'DRAINING' }]);
  });

  test.each([
    [{ containerInstances: [], status: 'ACTIVE' }, 'Container instances cannot be empty.'],
    [
      { containerInstances: Array(11).fill('i1'), status: 'ACTIVE' },
      'Container instances cannot have more than 10 elements.',
    ],
    [
      { containerInstances: ['i1'], status: 'REGISTERING' },
      'Container instance status should be one of [ACTIVE, DRAINING]',
    ],
  ] as const)('[INS-12] refuses %j', async (input, message) => {
    const context = await aFleet();
    expect(() => updateContainerInstancesState(context, input)).toThrow(message);
  });
});

describe('updateContainerAgent', () => {
  test.each([
    ['i1', 'NoUpdateAvailableException', 'There is no update available for your container agent.'],
    ['i4', 'MissingVersionException', /^Amazon ECS can't determine the current version/],
    ['i3', 'InvalidParameterException', /EXTERNAL/],
    ['i2', 'ClientException', 'Container instance i2 is inactive.'],
    ['i9', 'InvalidParameterException', 'The referenced container instance was not found.'],
  ])('[INS-13] %s: %s', async (containerInstance, code, message) => {
    const context = await aFleet();
    const call = async () => updateContainerAgent(context, { containerInstance });
    await expect(call()).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});

describe('describeContainerInstances with CONTAINER_INSTANCE_HEALTH', () => {
  const healthOf = async (context: Awaited<ReturnType<typeof aFleet>>, name: string) => {
    const answer = await describeContainerInstances(context, {
      containerInstances: [name],
      include: ['CONTAINER_INSTANCE_HEALTH'],
    });
    return answer.containerInstances?.[0]?.healthStatus;
  };
  const report = (status: string) => [{ type: 'ContainerRuntime', status }];

  test('[INS-14] is the worst of what the agent says and whether it is there', async () => {
    const context = await aFleet();
    expect((await healthOf(context, 'i1'))?.overallStatus).toBe('INSUFFICIENT_DATA');
    expect((await healthOf(context, 'i4'))?.overallStatus).toBe('IMPAIRED');
    const at = instant(5_000);
    await context.store.write((tx) =>
      recordInstanceHealth(tx, `${PREFIX}i1`, { statuses: report('OK'), now: at }),
    );
    expect(await healthOf(context, 'i1')).toEqual({
      overallStatus: 'OK',
      details: [
        { type: 'CONTAINER_RUNTIME', status: 'OK', lastUpdated: 5_000, lastStatusChange: 5_000 },
        { type: 'AGENT_CONNECTIVITY', status: 'OK', lastUpdated: 0, lastStatusChange: 0 },
      ],
    });
    expect(context.store.read((tx) => tx.get(containerInstances, `${PREFIX}i1`))?.version).toBe(1);
  });

  test('[INS-14] a report that says nothing new is not written for ten minutes', async () => {
    const context = await aFleet();
    const arn = `${PREFIX}i1`;
    await context.store.write((tx) =>
      recordInstanceHealth(tx, arn, { statuses: report('OK'), now: instant(0) }),
    );
    const isNews = (status: string, ms: number) =>
      context.store.read((tx) => isNewsOfHealth(tx, arn, { statuses: report(status), now: instant(ms) }));
    expect([isNews('OK', 599_999), isNews('OK', 600_000), isNews('IMPAIRED', 1), isNews('ODD', 1)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    await context.store.write((tx) =>
      recordInstanceHealth(tx, arn, { statuses: report('OK'), now: instant(600_000) }),
    );
    expect((await healthOf(context, 'i1'))?.details?.[0]).toMatchObject({
      lastUpdated: 600_000,
      lastStatusChange: 0,
    });
  });
});
