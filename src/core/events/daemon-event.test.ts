import { describe, expect, test } from 'vitest';
import { plusMs } from '../../lib/clock.ts';
import { aDaemon, aDaemonDeployment, NOW } from '../daemon/testing.ts';
import { daemonActions, daemonDeploymentEvents } from './daemon-event.ts';

const FACTS = () => ({ capacityProviderName: 'own', daemonTaskDefinitionArn: 'definition' });

describe('daemonDeploymentEvents', () => {
  test.each([
    ['PENDING', 'INFO'],
    ['ROLLBACK_IN_PROGRESS', 'INFO'],
    ['ROLLBACK_FAILED', 'ERROR'],
  ] as const)('[MDM-32] a deployment that is %s is told once, as %s', (status, eventType) => {
    const row = aDaemonDeployment({ status });
    const [event, ...others] = daemonDeploymentEvents(aDaemonDeployment({ status: 'STOP_REQUESTED' }), row);
    expect(event?.detail).toMatchObject({ eventType, eventName: `DAEMON_DEPLOYMENT_${status}` });
    expect(event?.resourceArn).toBe(row.daemonArn);
    expect(others).toEqual([]);
    expect(daemonDeploymentEvents(row, { ...row, failureCount: 1 })).toEqual([]);
  });
});

describe('daemonActions', () => {
  const setback = {
    failureType: 'TASK_CREATION_FAILED',
    reason: 'RESOURCE:CPU - Unable to place daemon task on container instance: insufficient CPU',
    failureCount: 1,
    at: NOW,
    retryAt: NOW,
  } as const;
  const before = aDaemon({ setbacks: { h1: setback } });

  test('[EVT-9] [MDM-32] each failure is told once, with the task when there was one', () => {
    const again = { ...setback, failureCount: 2, at: plusMs(NOW, 1000) };
    const other = { ...setback, failureType: 'TASK_FAILED_TO_RUN', taskArn: 'task' } as const;
    const events = daemonActions(before, aDaemon({ setbacks: { h1: again, h2: other } }), FACTS);
    expect(events.map(({ resourceArn }) => resourceArn)).toEqual([undefined, 'task']);
    expect(events[0]?.detail).toEqual({
      eventType: 'WARNING',
      eventName: 'DAEMON_TASK_START_IMPAIRED',
      clusterArn: before.clusterArn,
      containerInstanceArn: 'h1',
      taskArn: undefined,
      daemonRevisionArn: 'new',
      capacityProviderName: 'own',
      daemonArn: before.daemonArn,
      daemonTaskDefinitionArn: 'definition',
      failureType: 'TASK_CREATION_FAILED',
      createdAt: '1970-01-01T00:16:41Z',
      reason: setback.reason,
    });
    expect(daemonActions(before, { ...before, tags: [] }, FACTS)).toEqual([]);
    expect(daemonActions(before, aDaemon({ setbacks: { h1: setback } }), FACTS)).toEqual([]);
  });
});
