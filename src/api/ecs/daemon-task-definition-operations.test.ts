import { describe, expect, test } from 'vitest';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import { aContext, type TestContext } from '../testing.ts';
import { deleteDaemonTaskDefinition } from './delete-daemon-task-definition.ts';
import { describeDaemonTaskDefinition } from './describe-daemon-task-definition.ts';
import { describeTaskDefinition } from './describe-task-definition.ts';
import { listDaemonTaskDefinitions } from './list-daemon-task-definitions.ts';
import { registerDaemonTaskDefinition } from './register-daemon-task-definition.ts';

type Request = EcsOperations['RegisterDaemonTaskDefinition']['input'];

const ARN = 'arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/';
const REQUEST: Request = {
  family: 'monitor',
  containerDefinitions: [{ name: 'agent', image: 'busybox', memory: 64, command: ['sleep', '1'] }],
};

const register = (context: TestContext, change: Partial<Request> = {}) =>
  registerDaemonTaskDefinition(context, { ...REQUEST, ...change });

describe('daemon task definitions', () => {
  test('[MDM-1][MDM-4] revisions count up in their family, apart from task definitions', async () => {
    const context = await aContext();
    expect(await register(context)).toEqual({ daemonTaskDefinitionArn: `${ARN}monitor:1` });
    expect(await register(context)).toEqual({ daemonTaskDefinitionArn: `${ARN}monitor:2` });
    const newest = await describeDaemonTaskDefinition(context, { daemonTaskDefinition: 'monitor' });
    expect(newest.daemonTaskDefinition).toEqual({
      daemonTaskDefinitionArn: `${ARN}monitor:2`,
      family: 'monitor',
      revision: 2,
      status: 'ACTIVE',
      registeredAt: context.clock.now(),
      registeredBy: 'arn:aws:iam::123456789012:root',
      volumes: [],
      containerDefinitions: [
        {
          name: 'agent',
          image: 'busybox',
          memory: 64,
          command: ['sleep', '1'],
          cpu: 0,
          essential: true,
          environment: [],
          mountPoints: [],
          systemControls: [],
        },
      ],
    });
    expect(() => describeTaskDefinition(context, { taskDefinition: 'monitor' })).toThrow(
      'Unable to describe',
    );
  });

  test.each([
    [
      'containers without memory',
      { containerDefinitions: [{ name: 'agent', image: 'a' }] },
      /At least one of/,
    ],
    ['a bad family', { family: 'a b' }, /Family contains invalid characters/],
    ['a shared PID namespace', { pidMode: 'shared' }, /^pidMode shared is not supported yet/],
    ['a shared IPC namespace', { ipcMode: 'shared' }, /^ipcMode shared is not supported yet/],
    [
      'volumes of log drivers',
      { volumes: [{ name: 'logs', logDriverVolumeConfiguration: {} }] },
      /^volumes\[0\]\.logDriverVolumeConfiguration/,
    ],
  ] as const)('[MDM-2][MDM-3] refuses %s', async (_, change, message) => {
    const context = await aContext();
    const call = async () => register(context, change as Partial<Request>);
    await expect(call()).rejects.toMatchObject({ code: 'ClientException', message });
  });

  test('[MDM-5] one that nothing uses is deleted at once, and stays describable by its number', async () => {
    const context = await aContext();
    await register(context);
    await expect(
      (async () => deleteDaemonTaskDefinition(context, { daemonTaskDefinition: 'monitor' }))(),
    ).rejects.toThrow('Revision is missing.');
    const deleted = await deleteDaemonTaskDefinition(context, { daemonTaskDefinition: 'monitor:1' });
    expect(deleted).toEqual({ daemonTaskDefinitionArn: `${ARN}monitor:1` });
    const { daemonTaskDefinition } = await describeDaemonTaskDefinition(context, {
      daemonTaskDefinition: `${ARN}monitor:1`,
    });
    expect(daemonTaskDefinition).toMatchObject({ status: 'DELETED', deleteRequestedAt: context.clock.now() });
    expect(() => describeDaemonTaskDefinition(context, { daemonTaskDefinition: 'monitor' })).toThrow(
      'Unable to describe',
    );
    expect(await register(context)).toEqual({ daemonTaskDefinitionArn: `${ARN}monitor:2` });
  });

  test('[MDM-6] lists by family and number, in both orders, in pages', async () => {
    const context = await aContext();
    for (let count = 0; count < 10; count += 1) await register(context);
    await register(context, { family: 'logs' });
    await deleteDaemonTaskDefinition(context, { daemonTaskDefinition: 'monitor:3' });
    const list = async (input: EcsOperations['ListDaemonTaskDefinitions']['input']) => {
      const { daemonTaskDefinitions = [], nextToken } = await listDaemonTaskDefinitions(context, input);
      return { names: daemonTaskDefinitions.map(({ arn = '' }) => arn.slice(ARN.length)), nextToken };
    };
    const monitors = [1, 2, 4, 5, 6, 7, 8, 9, 10].map((revision) => `monitor:${revision}`);
    expect((await list({})).names).toEqual(['logs:1', ...monitors]);
    expect((await list({ sort: 'DESC', familyPrefix: 'mon' })).names).toEqual(monitors.toReversed());
    expect((await list({ revision: 'LAST_REGISTERED' })).names).toEqual(['logs:1', 'monitor:10']);
    expect((await list({ status: 'ALL', family: 'monitor' })).names).toHaveLength(10);
    const first = await list({ maxResults: 4, sort: 'DESC' });
    const second = await list({ maxResults: 100, sort: 'DESC', nextToken: first.nextToken });
    expect([...first.names, ...second.names]).toEqual([...monitors.toReversed(), 'logs:1']);
  });
});
