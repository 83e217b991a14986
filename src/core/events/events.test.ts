import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServiceEvent } from '../../domain/service.ts';
import { instant } from '../../lib/clock.ts';
import { anInstance, aPoolHost } from '../../records/testing.ts';
import {
  BACKING_OFF,
  FAILED_REASON,
  heldByProtection,
  STEADY_STATE,
  startedForZones,
  startedTasks,
  stoppedPendingTasks,
  stoppedRunningTasks,
  zonesBalanced,
  zonesUnbalanced,
} from '../deployment/event-texts.ts';
import { aDeployment, aService } from '../deployment/testing.ts';
import { aTask } from '../task/testing.ts';
import { deploymentEvents } from './deployment-event.ts';
import { detailTime, envelopeTime } from './event-time.ts';
import { instanceEvents } from './instance-event.ts';
import { serviceActions } from './service-action.ts';
import { taskEvents } from './task-event.ts';

const now = instant(1_768_478_434_520);

test('[EVT-2] times have the zeros at their end cut, the envelope has whole seconds', () => {
  expect(detailTime(now)).toBe('2026-01-15T12:00:34.52Z');
  expect(detailTime(instant(1_768_478_430_000))).toBe('2026-01-15T12:00:30Z');
  expect(detailTime(instant(1_768_478_434_123))).toBe('2026-01-15T12:00:34.123Z');
  expect(detailTime(undefined)).toBeUndefined();
  expect(envelopeTime(now)).toBe('2026-01-15T12:00:34Z');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
      const text = detailTime(instant(ms)) ?? '';
      expect(Date.parse(text)).toBe(ms);
      expect(text).not.toMatch(/\.(\d*0)?Z$/);
    }),
  );
});

describe('taskEvents', () => {
  const facts = { now, attributes: () => [{ name: 'ecs.cpu-architecture', value: 'x86_64' }] };

  test('[EVT-1] there is an event exactly when the version grew', () => {
    fc.assert(
      fc.property(fc.option(fc.nat(3)), fc.option(fc.nat(3)), (was, is) => {
        const before = was === null ? undefined : aTask({ version: was + 1 });
        const after = is === null ? undefined : aTask({ version: is + 1 });
        const isVisible = after !== undefined && after.version > (before?.version ?? 0);
        expect(taskEvents(before, after, facts).length).toBe(isVisible ? 1 : 0);
      }),
    );
  });

  test('[EVT-2] a FARGATE task shows its interface as eni, no host, no health and no tags', () => {
    const task = aTask({ version: 3, healthStatus: 'HEALTHY', instanceArn: 'arn:host' });
    const [event] = taskEvents(undefined, task, facts);
    const detail = JSON.parse(JSON.stringify(event?.detail));
    expect(event).toMatchObject({ detailType: 'ECS Task State Change', resourceArn: task.taskArn });
    expect(detail).toMatchObject({
      attachments: [{ type: 'eni' }],
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      createdAt: detailTime(task.createdAt),
      launchType: 'FARGATE',
      overrides: { containerOverrides: [{ name: 'app' }] },
      updatedAt: '2026-01-15T12:00:34.52Z',
      version: 3,
    });
    for (const absent of [
      'healthStatus',
      'tags',
      'containerInstanceArn',
      'stoppedAt',
      'capacityProviderName',
    ])
      expect(detail).not.toHaveProperty(absent);
  });

  test('[LIF-5] only the last event of a task shows what its health checks said', () => {
    const healthChecks = [{ endedAtMs: 1, exitCode: 1, output: 'no' }];
    const containers = aTask().containers.map((container) => ({ ...container, healthChecks }));
    const shown = (lastStatus: 'RUNNING' | 'STOPPED') =>
      JSON.stringify(taskEvents(undefined, aTask({ lastStatus, containers }), facts)).includes(
        '"output":"no"',
      );
    expect([shown('RUNNING'), shown('STOPPED')]).toEqual([false, true]);
  });

  test('[EVT-2] an EC2 task shows its host, and its capacity provider in place of the launch type', () => {
    const task = aTask({ launchType: 'EC2', instanceArn: 'arn:host', capacityProviderName: 'asg' });
    const [event] = taskEvents(undefined, task, facts);
    expect(event?.detail).toMatchObject({ containerInstanceArn: 'arn:host', capacityProviderName: 'asg' });
    expect(event?.detail).not.toHaveProperty('launchType');
  });
});

describe('instanceEvents', () => {
  const facts = () => ({ now, runningTasksCount: 2, pendingTasksCount: 1 });

  test('[EVT-1] hosts of the pool, and steps that nobody sees, make no event', () => {
    const host = anInstance({ instanceId: 'i', version: 2 });
    expect(instanceEvents(undefined, aPoolHost({ instanceId: 'p' }), facts)).toEqual([]);
    expect(instanceEvents(host, { ...host, lastSequenceNumber: 9 }, facts)).toEqual([]);
    expect(instanceEvents(host, undefined, facts)).toEqual([]);
    expect(instanceEvents(host, { ...host, version: 3 }, facts).length).toBe(1);
  });

  test('[EVT-2] what remains is what was registered without what tasks hold', () => {
    const reserved = { cpuUnits: 256, memoryMib: 512, tcpPorts: [8080], udpPorts: [] };
    const [event] = instanceEvents(undefined, anInstance({ instanceId: 'i', reserved }), facts);
    expect(event?.detail).toMatchObject({
      pendingTasksCount: 1,
      runningTasksCount: 2,
      remainingResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 3840 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 7680 },
        { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '8080'] },
        { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
      ],
    });
  });
});

describe('serviceActions', () => {
  const SERVICE = 'arn:aws:ecs:us-east-1:000000000000:service/default/web';
  const line = (message: string): ServiceEvent => ({
    serviceArn: SERVICE,
    sequence: 1,
    id: 'e',
    createdAt: now,
    message: `(service web) ${message}`,
  });
  const closest = (lack: string): string =>
    `was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance abc) ${lack} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;

  test.each([
    [STEADY_STATE, 'INFO', 'SERVICE_STEADY_STATE', undefined],
    [startedTasks(['a', 'b'], 0), 'INFO', 'TASKS_STARTED', undefined],
    [stoppedRunningTasks(['a']), 'INFO', 'TASKS_STOPPED', undefined],
    [stoppedPendingTasks(2), 'INFO', 'TASKS_STOPPED', undefined],
    [zonesUnbalanced([['a', 2]]), 'INFO', 'SERVICE_REBALANCING_STARTED', undefined],
    [zonesBalanced([['a', 1]]), 'INFO', 'SERVICE_REBALANCING_COMPLETED', undefined],
    [startedForZones('a', ['t']), 'INFO', 'TASKS_STARTED', undefined],
    [heldByProtection('ecs-svc/1', 2), 'INFO', 'TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION', undefined],
    [BACKING_OFF, 'WARN', 'SERVICE_TASK_START_IMPAIRED', undefined],
    [
      'was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.',
      'ERROR',
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'RESOURCE:FARGATE',
    ],
    [
      closest('has insufficient CPU units available.'),
      'ERROR',
      'SERVICE_TASK_PLACEMENT_FAILURE',
      'RESOURCE:CPU',
    ],
    [
      'failed to launch a task with (error ECS was unable to assume the role (x).).',
      'ERROR',
      'SERVICE_TASK_CONFIGURATION_FAILURE',
      'ECS was unable to assume the role (x).',
    ],
    [closest('encountered error "TAINT".'), 'ERROR', 'SERVICE_TASK_PLACEMENT_FAILURE', 'TAINT'],
  ])('[EVT-4] %s', (message, eventType, eventName, reason) => {
    const [event] = serviceActions(undefined, line(message));
    expect(event).toMatchObject({ detailType: 'ECS Service Action', resourceArn: SERVICE });
    expect(event?.detail).toMatchObject({
      eventType,
      eventName,
      clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
      createdAt: '2026-01-15T12:00:34.52Z',
    });
    expect(event?.detail['reason']).toBe(reason);
    expect(event?.detail['containerInstanceArns']).toEqual(
      message.includes('abc')
        ? ['arn:aws:ecs:us-east-1:000000000000:container-instance/default/abc']
        : undefined,
    );
  });

  test('[EVT-4] other lines, and lines that were there or are dropped, make no event', () => {
    expect(serviceActions(undefined, line('was deleted.'))).toEqual([]);
    expect(serviceActions(line(STEADY_STATE), line(STEADY_STATE))).toEqual([]);
    expect(serviceActions(line(STEADY_STATE), undefined)).toEqual([]);
  });
});

describe('deploymentEvents', () => {
  test('[EVT-5] a rollout that moved on, and a new one, make one event each, the older first', () => {
    const old = aDeployment({ id: 'ecs-svc/1', rolloutState: 'IN_PROGRESS', rolloutStateReason: 'r1' });
    const before = aService({ deployments: [old] });
    const failed = {
      ...old,
      status: 'ACTIVE',
      rolloutState: 'FAILED',
      rolloutStateReason: FAILED_REASON,
    } as const;
    const next = aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS', rolloutStateReason: 'r2' });
    const events = deploymentEvents(before, { ...before, deployments: [next, failed] });
    expect(events.map(({ detail }) => detail)).toEqual([
      {
        eventType: 'ERROR',
        eventName: 'SERVICE_DEPLOYMENT_FAILED',
        deploymentId: 'ecs-svc/1',
        updatedAt: '1970-01-01T00:00:00Z',
        reason: 'ECS deployment circuit breaker: task failed to start.',
      },
      {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deploymentId: 'ecs-svc/2',
        updatedAt: '1970-01-01T00:00:00Z',
        reason: 'r2',
      },
    ]);
  });

  test('[EVT-5] counters that change, and deployments that go, make none', () => {
    const before = aService();
    const [deployment] = before.deployments;
    const counted = deployment === undefined ? [] : [{ ...deployment, failedTasks: 3 }];
    expect(deploymentEvents(before, { ...before, deployments: counted })).toEqual([]);
    expect(deploymentEvents(before, { ...before, deployments: [] })).toEqual([]);
    expect(deploymentEvents(before, undefined)).toEqual([]);
  });
});
