import { describe, expect, test } from 'vitest';
import type { DeploymentHook } from '../../domain/service.ts';
import { instant } from '../../lib/clock.ts';
import { aDeployment, aService } from '../deployment/testing.ts';
import { hookEvents } from './hook-event.ts';
import { serviceStateActions } from './service-state-action.ts';

const now = instant(1_768_478_434_520);

describe('hookEvents', () => {
  const hook = (status: DeploymentHook['status']): DeploymentHook => ({
    hookId: 'ecs-pause-a',
    stage: 'PRE_SCALE_UP',
    status,
    expiresAt: instant(1_768_478_440_000),
    timeoutAction: 'ROLLBACK',
  });
  const withHooks = (...hooks: readonly DeploymentHook[]) =>
    aService({ deployments: [aDeployment({ id: 'ecs-svc/1', hooks })] });

  test('[EVT-10] a hook that opens', () => {
    const after = withHooks(hook('AWAITING_ACTION'));
    const arn = after.deployments[0]?.serviceDeploymentArn;
    expect(hookEvents(withHooks(), after, now)).toEqual([
      {
        detailType: 'ECS Hook State Change',
        resourceArn: arn,
        serviceArn: after.serviceArn,
        detail: {
          eventType: 'INFO',
          eventName: 'HOOK_AWAITING_ACTION',
          hookId: 'ecs-pause-a',
          hookType: 'PAUSE',
          expiresAt: '2026-01-15T12:00:40Z',
          lifecycleStage: 'PRE_SCALE_UP',
          clusterArn: after.clusterArn,
          serviceArn: after.serviceArn,
          serviceDeploymentArn: arn,
          updatedAt: '2026-01-15T12:00:34.52Z',
        },
      },
    ]);
  });

  test.each([
    ['SUCCEEDED', 'INFO'],
    ['FAILED', 'ERROR'],
    ['TIMED_OUT', 'ERROR'],
  ] as const)('[EVT-10] a hook that came to %s', (status, eventType) => {
    const events = hookEvents(withHooks(hook('AWAITING_ACTION')), withHooks(hook(status)), now);
    expect(events.map(({ detail }) => [detail['eventName'], detail['eventType']])).toEqual([
      [`HOOK_${status}`, eventType],
    ]);
  });

  test('[EVT-10] a hook that stays as it was, and one that goes with its deployment, make none', () => {
    const open = withHooks(hook('AWAITING_ACTION'));
    expect(hookEvents(open, withHooks(hook('AWAITING_ACTION')), now)).toEqual([]);
    expect(hookEvents(open, aService({ deployments: [] }), now)).toEqual([]);
    expect(hookEvents(open, undefined, now)).toEqual([]);
  });
});

describe('serviceStateActions', () => {
  const named = (...pair: Parameters<typeof serviceStateActions>) =>
    serviceStateActions(...pair).map(({ detail }) => detail);

  test('[EVT-11] a count that the scheduler computed anew', () => {
    const before = aService({ schedulingStrategy: 'DAEMON', desiredCount: 2 });
    const after = { ...before, desiredCount: 3 };
    expect(named(before, after, now)).toEqual([
      {
        eventType: 'INFO',
        eventName: 'SERVICE_DESIRED_COUNT_UPDATED',
        clusterArn: before.clusterArn,
        createdAt: '2026-01-15T12:00:34.52Z',
        desiredCount: 3,
      },
    ]);
    expect(named(before, { ...after, status: 'DRAINING' }, now)).toEqual([]);
    const replica = aService({ desiredCount: 2 });
    expect(named(replica, { ...replica, desiredCount: 3 }, now)).toEqual([]);
    expect(named(undefined, after, now)).toEqual([]);
  });

  test('[EVT-11] a task set that became steady', () => {
    const taskSet = {
      taskSetArn: 'arn:set',
      scalePercent: 100,
      isDraining: false,
      stabilityStatus: 'STABILIZING',
      stabilityStatusAt: now,
      tags: [],
    } as const;
    const deployment = aDeployment({ id: 'ecs-svc/1', taskSet });
    const before = aService({ deployments: [deployment] });
    const steady = { ...deployment, taskSet: { ...taskSet, stabilityStatus: 'STEADY_STATE' } as const };
    const after = { ...before, deployments: [steady] };
    expect(named(before, after, now)).toMatchObject([
      { eventName: 'TASKSET_STEADY_STATE', taskSetArns: ['arn:set'] },
    ]);
    expect(named(after, after, now)).toEqual([]);
    expect(named(after, before, now)).toEqual([]);
  });
});
