import { describe, expect, test } from 'vitest';
import { instant } from '../../lib/clock.ts';
import { aContainerInstance } from '../instance/testing.ts';
import type { TaskStepView } from './next-step.ts';
import { hostLostAt, nextTaskStep } from './next-step.ts';
import { aTask } from './testing.ts';

describe('nextTaskStep', () => {
  test.each([
    { name: 'a new task gets its interface', view: {}, want: { kind: 'attach' } },
    {
      name: 'a task that nobody was told of ends at once',
      view: { task: aTask({ desiredStatus: 'STOPPED' }) },
      want: { kind: 'finish' },
    },
    {
      name: 'a sent task waits for its host’s word',
      view: {
        task: aTask({ desiredStatus: 'STOPPED', lastStatus: 'PENDING', sentAt: instant(1) }),
        host: aContainerInstance({ agentConnected: false, pool: 'CLUSTER' }),
      },
      want: { kind: 'wait' },
    },
    {
      name: 'a PENDING task that was not sent ends at once',
      view: { task: aTask({ desiredStatus: 'STOPPED', lastStatus: 'PENDING' }) },
      want: { kind: 'finish' },
    },
    {
      name: 'an interface is taken away',
      view: { task: aTask({ lastStatus: 'DEPROVISIONING' }) },
      want: { kind: 'finish' },
    },
    {
      name: 'a stopped task is left alone',
      view: { task: aTask({ lastStatus: 'STOPPED' }), host: undefined },
      want: { kind: 'wait' },
    },
    {
      name: 'a running task is its host’s affair',
      view: { task: aTask({ lastStatus: 'RUNNING' }) },
      want: { kind: 'wait' },
    },
    {
      name: 'a deregistered host ends its tasks',
      view: { task: aTask({ lastStatus: 'RUNNING' }), host: aContainerInstance({ status: 'INACTIVE' }) },
      want: {
        kind: 'finish',
        cause: {
          stopCode: 'UserInitiated',
          stoppedReason: 'Container instance deregistration forced by user',
        },
      },
    },
  ] satisfies readonly { name: string; view: Partial<TaskStepView>; want: object }[])(
    '[TSK-30] $name',
    ({ view, want }) => {
      expect(nextTaskStep(aView(view))).toEqual(want);
    },
  );

  test.each([
    { name: 'one millisecond before the end', now: 5_999, want: { kind: 'wait' } },
    { name: 'at the end', now: 6_000, want: { kind: 'finish' } },
  ])('[TSK-31] gives a silent pool host up: $name', ({ now, want }) => {
    const host = aContainerInstance({ agentConnected: false, connectivityAt: instant(1_000) });
    expect(
      nextTaskStep(aView({ host, now: instant(now), task: aTask({ lastStatus: 'RUNNING' }) })),
    ).toMatchObject(want);
  });

  test.each([
    { name: 'set ahead', connectivityAt: 1_000, now: 3_602_000 },
    { name: 'set back', connectivityAt: 3_601_000, now: 2_000 },
  ])('[HARD-52] counts the silence anew when the clock was $name', ({ connectivityAt, now }) => {
    const host = aContainerInstance({ agentConnected: false, connectivityAt: instant(connectivityAt) });
    const since = { listeningSince: instant(now), settings: { poolHostLostAfterMs: 5_000 } };
    expect(hostLostAt(host, { ...since, now: instant(now) })).toBe(now + 5_000);
    expect(hostLostAt(host, { ...since, now: instant(now + 4_999) })).toBe(now + 5_000);
  });

  test('[TSK-31] counts the silence from its own start on, and never gives up an instance of a cluster', () => {
    const settings = { poolHostLostAfterMs: 5_000 };
    const host = aContainerInstance({ agentConnected: false, connectivityAt: instant(0) });
    expect(hostLostAt(host, { now: instant(9_000), listeningSince: instant(6_000), settings })).toBe(11_000);
    expect(
      hostLostAt(
        { ...host, agentConnected: true },
        { now: instant(9_000), listeningSince: instant(0), settings },
      ),
    ).toBe(undefined);
    expect(
      hostLostAt({ ...host, pool: 'CLUSTER' }, { now: instant(9_000), listeningSince: instant(0), settings }),
    ).toBe(undefined);
    const view = { task: aTask({ lastStatus: 'RUNNING' }), now: instant(99_000) } as const;
    expect(nextTaskStep(aView({ ...view, host: { ...host, pool: 'CLUSTER' } }))).toEqual({ kind: 'wait' });
  });
});

function aView(view: Partial<TaskStepView>): TaskStepView {
  return {
    now: instant(2_000),
    task: aTask(),
    host: aContainerInstance(),
    listeningSince: instant(0),
    settings: { poolHostLostAfterMs: 5_000 },
    ...view,
  };
}
