import { describe, expect, test } from 'vitest';
import { aDaemonHost, aDaemonLab, failTasks } from '../../controllers/daemon-scheduler/testing.ts';
import { DEFAULT_SCHEDULER_SETTINGS } from '../../core/deployment/service-view.ts';
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

  test('[EXP-5] who may describe it may ask', () => {
    expect(accessOfWhy({ subject: DAEMON })).toEqual({
      action: 'ecs:DescribeDaemon',
      input: { daemonArn: DAEMON },
    });
  });
});
