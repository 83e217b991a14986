import { describe, expect, test } from 'vitest';
import type { Task } from '../../domain/task.ts';
import { plusMs } from '../../lib/clock.ts';
import { aDaemon, aDaemonDeployment, aDaemonView, NOW, wantedHosts } from '../daemon/testing.ts';
import { aTask } from '../task/testing.ts';
import { type DaemonExplanationView, explainDaemon } from './explain-daemon.ts';

const aView = (view: Partial<DaemonExplanationView> = {}): DaemonExplanationView => ({
  ...aDaemonView(),
  tasks: [],
  refusals: [],
  ...view,
});
const on = (instanceArn: string, task: Partial<Task> = {}): Task =>
  aTask({ instanceArn, daemonRevisionArn: 'new', lastStatus: 'RUNNING', ...task });

describe('explainDaemon', () => {
  test('[EXP-6] of one that has what it wants', () => {
    const deployment = aDaemonDeployment({ status: 'SUCCESSFUL' });
    expect(explainDaemon(aView({ tasks: [on('h1')], deployment }))).toEqual({
      subject: 'daemon agent in cluster default',
      state: 'It is to run on 1 hosts, and works on 1 of them.',
      facts: ['Deployment deployment is SUCCESSFUL: 1 tasks of revision new.'],
      waits: [],
      next: 'Nothing: it has what it wants.',
    });
  });

  test('[EXP-6] names the pause on a host, why it refuses, tasks on their way, and agents that are away', () => {
    const setback = {
      failureType: 'TASK_CREATION_FAILED',
      reason: 'RESOURCE:CPU - insufficient CPU',
      failureCount: 2,
      at: NOW,
      retryAt: plusMs(NOW, 2000),
    } as const;
    const view = aView({
      daemon: aDaemon({ setbacks: { h1: setback } }),
      deployment: aDaemonDeployment({ failureCount: 2 }),
      places: [...wantedHosts('h1', 'h2', 'h3'), { instanceArn: 'h4', state: 'held' }],
      tasks: [on('h2', { lastStatus: 'PENDING', createdAt: NOW }), on('h3')],
      refusals: [{ hostId: 'h1', reason: 'RESOURCE:CPU', missingAmount: 10 }],
    });
    const { waits, facts, next } = explainDaemon(view);
    const { taskId } = aTask();
    expect(facts).toEqual([
      'Deployment deployment is IN_PROGRESS: 2 tasks of revision new, 2 failed starts were counted of 3 that fail it.',
    ]);
    expect(waits).toEqual([
      {
        waitsFor:
          'host h1: the pause after 2 failed starts to end; the last one: RESOURCE:CPU - insufficient CPU',
        since: NOW,
        until: plusMs(NOW, 2000),
        hosts: [{ hostArn: 'h1', reason: 'RESOURCE:CPU', lack: '10 CPU units are missing' }],
      },
      { waitsFor: `host h2: task ${taskId}, which is PENDING`, since: NOW },
      { waitsFor: 'host h4: its agent, or its other tasks to go' },
    ]);
    expect(next).toBe(
      'The scheduler looks again when a task or a host changes, at the latest at 1970-01-01T00:16:42Z.',
    );
  });

  test('[EXP-6] says what the scheduler does next, and what a deployment bakes for', () => {
    expect(explainDaemon(aView()).next).toBe('The scheduler starts 1 tasks.');
    const bakeUntil = plusMs(NOW, 60_000);
    const deploymentConfiguration = { drainPercent: 25, bakeTimeInMinutes: 1 };
    const deployment = aDaemonDeployment({ bakeUntil, deploymentConfiguration });
    expect(explainDaemon(aView({ tasks: [on('h1')], deployment }))).toMatchObject({
      waits: [{ waitsFor: 'the bake time of its deployment to end', until: bakeUntil }],
    });
    const many = wantedHosts(...Array.from({ length: 12 }, (_, at) => `h${at}`));
    const tasks = many.map(({ instanceArn }) => on(instanceArn, { lastStatus: 'PENDING' }));
    expect(explainDaemon(aView({ places: many, tasks })).waits).toHaveLength(11);
  });
});
