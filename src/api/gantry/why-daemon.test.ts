import { describe, expect, test } from 'vitest';
import { A_DAEMON, aDaemonHost, aDaemonLab, failTasks } from '../../controllers/daemon-scheduler/testing.ts';
import { DEFAULT_SCHEDULER_SETTINGS } from '../../core/deployment/service-view.ts';
import { markTaskSent } from '../../records/tasks.ts';
import { storeDefinition } from '../../records/testing.ts';
import { createDaemon } from '../ecs/create-daemon.ts';
import { registerDaemonTaskDefinition } from '../ecs/register-daemon-task-definition.ts';
import { accessOfWhy, why } from './why.ts';

const SETTINGS = DEFAULT_SCHEDULER_SETTINGS;
const DAEMON = 'arn:aws:ecs:us-east-1:123456789012:daemon/default/agent';

describe('why of a daemon', () => {
  test('[EXP-6] tells of the host where it does not start', async () => {
    const { context, run, live, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    await failTasks(context, live());
    await run();
    const { subject, waits } = await why(SETTINGS)(context, { subject: DAEMON });
    expect(subject).toBe('daemon agent in cluster default');
    expect(waits).toMatchObject([{ waitsFor: /the pause after 1 failed starts to end/, hosts: [] }]);
    const call = async () => why(SETTINGS)(context, { subject: `${DAEMON}s` });
    await expect(call()).rejects.toThrow('There is no daemon');
  });

  test('[EXP-3] of its task it knows the definition, not another one of that name', async () => {
    const { context, run, live } = await aDaemonLab();
    await storeDefinition(context.store, {
      family: 'agent',
      containerDefinitions: [{ name: 'x', dependsOn: [{ containerName: 'y', condition: 'START' }] }],
    });
    await aDaemonHost(context);
    const { daemonTaskDefinitionArn = '' } = await registerDaemonTaskDefinition(context, {
      family: 'pair',
      containerDefinitions: [
        { name: 'first', image: 'agent', memory: 32, cpu: 10 },
        {
          name: 'second',
          image: 'agent',
          memory: 32,
          cpu: 10,
          dependsOn: [{ containerName: 'first', condition: 'START' }],
        },
      ],
    });
    await createDaemon(context, { ...A_DAEMON, daemonTaskDefinitionArn });
    await run();
    await context.store.write((tx) => {
      for (const task of live()) markTaskSent(tx, task, context.clock.now());
    });
    const { waits } = await why(SETTINGS)(context, { subject: live()[0]?.taskArn ?? '' });
    expect(waits).toMatchObject([
      { waitsFor: /then its containers to start: second after first \(START\)$/ },
    ]);
  });

  test('[EXP-5] who may describe it may ask', () => {
    expect(accessOfWhy({ subject: DAEMON })).toEqual({
      action: 'ecs:DescribeDaemon',
      input: { daemonArn: DAEMON },
    });
  });
});
