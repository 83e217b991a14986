import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import { plusMs } from '../../lib/clock.ts';
import { reconcileService } from '../deployment/reconcile-service.ts';
import {
  aDeployment,
  aService,
  aServiceHost,
  aServiceTask,
  aView,
  containersWith,
  NOW,
} from '../deployment/testing.ts';
import { explainService, type ServiceExplanationView } from './explain-service.ts';

const view = (
  service: Partial<Service>,
  parts: Partial<ServiceExplanationView> = {},
): ServiceExplanationView =>
  ({ ...aView({ service: aService(service) }), refusals: [], ...parts }) as ServiceExplanationView;

const task = (id: string, overrides: Parameters<typeof aServiceTask>[1] = {}) =>
  aServiceTask(id, overrides) as Task;

const waitsOf = (given: ServiceExplanationView) =>
  explainService(given).waits.map(({ waitsFor }) => waitsFor);

describe('explainService', () => {
  test('[EXP-4] a steady service waits for nothing', () => {
    const given = view({ steadyAt: NOW }, { tasks: [task('a')] });
    expect(explainService(given)).toEqual({
      subject: 'service web in cluster default',
      state: 'It wants 1 tasks; 1 of its tasks are RUNNING, 0 are on their way in or out; it is steady.',
      facts: ['Deployment ecs-svc/1 of web:1 is PRIMARY and COMPLETED: 1 healthy.'],
      waits: [],
      next: 'Nothing: it has what it wants.',
    });
  });

  test('[EXP-4] the pause after failed starts, and when it ends', () => {
    const until = plusMs(NOW, 10_000);
    const deployments = [
      aDeployment({
        rolloutState: 'IN_PROGRESS',
        failedTasks: 4,
        launchFailures: 4,
        nextLaunchAt: until,
        lastFailureAt: NOW,
      }),
    ];
    const answer = explainService(view({ deployments }));
    expect(answer.waits).toEqual([
      { waitsFor: 'the pause of deployment ecs-svc/1 after 4 failed starts to end', since: NOW, until },
    ]);
    expect(answer.next).toBe(
      'The scheduler looks again when a task changes, at the latest at 1970-01-01T00:16:50Z.',
    );
  });

  test.each<[string, Partial<Service>, Partial<ServiceExplanationView>, RegExp]>([
    [
      'a start that is refused',
      {
        launchNotice: {
          message: 'failed to launch a task with (error x).',
          writtenAt: NOW,
          cause: 'refused',
        },
      },
      {},
      /^a start that is possible: it failed to launch a task with \(error x\)\.$/,
    ],
    [
      'percentages that allow nothing',
      { blockedNotice: { message: '', writtenAt: NOW } },
      {},
      /^minimumHealthyPercent 100 and maximumPercent 200 to allow/,
    ],
    ['time', {}, { tasks: [task('a', { startedAt: NOW })] }, /^task a: time to count as healthy$/],
    [
      'a replacement of an unhealthy task',
      {},
      { tasks: [task('a', { containers: containersWith('UNHEALTHY'), healthStatus: 'UNHEALTHY' })] },
      /^task a: a replacement, for its health check fails$/,
    ],
    [
      'a replacement on another host',
      {},
      {
        tasks: [task('a', { instanceArn: 'h' })],
        hosts: new Map([['h', aServiceHost({ status: 'DRAINING' })]]) as never,
      },
      /^task a: a replacement, for its host is DRAINING$/,
    ],
  ])('[EXP-4] waits for %s', (_, service, parts, waitsFor) => {
    expect(waitsOf(view(service, parts))[0]).toMatch(waitsFor);
  });

  test('[EXP-4] says of the next step what the scheduler decides', () => {
    const anyCount = fc.nat(5);
    fc.assert(
      fc.property(anyCount, anyCount, anyCount, (desiredCount, healthy, pending) => {
        const tasks = [
          ...Array.from({ length: healthy }, (_, at) => task(`h${at}`)),
          ...Array.from({ length: pending }, (_, at) =>
            task(`p${at}`, { lastStatus: 'PENDING', startedAt: undefined }),
          ),
        ];
        const given = view({ desiredCount }, { tasks });
        const decisions = reconcileService(given);
        const { next } = explainService(given);
        const starts = decisions.reduce(
          (sum, each) => sum + (each.kind === 'start-tasks' ? each.count : 0),
          0,
        );
        const stops = decisions.filter(({ kind }) => kind === 'stop-task').length;
        expect(next.includes(`starts ${starts} tasks`)).toBe(starts > 0);
        expect(next.includes(`stops ${stops} tasks`)).toBe(stops > 0);
      }),
      { numRuns: 200 },
    );
  });
});
