import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../domain/task.ts';
import { TASK_STATUSES } from '../../domain/task.ts';
import { instant } from '../../lib/clock.ts';
import { finishTask, foldReport } from './fold-report.ts';
import type { TaskReport } from './task-report.ts';
import { aContainer, aTask } from './testing.ts';

const NOW = instant(5_000);
const onHost: Partial<Task> = { launchType: 'EC2', networkInterface: undefined, lastStatus: 'PENDING' };

describe('foldReport', () => {
  test('[TSK-10] RUNNING makes the task RUNNING, with the interface attached', () => {
    const report = aReport({
      status: 'RUNNING',
      pullStartedAt: instant(1),
      pullStoppedAt: instant(2),
      containers: [{ name: 'app', status: 'RUNNING', runtimeId: 'r1', imageDigest: 'sha256:1' }],
    });
    expect(foldReport(aTask(), report, NOW)).toMatchObject({
      lastStatus: 'RUNNING',
      startedAt: 5_000,
      pullStartedAt: 1,
      pullStoppedAt: 2,
      connectivity: 'CONNECTED',
      connectivityAt: 5_000,
      networkInterface: { status: 'ATTACHED' },
      containers: [{ lastStatus: 'RUNNING', runtimeId: 'r1', imageDigest: 'sha256:1' }],
    });
  });

  test('[TSK-10] a task that is asked to stop still becomes RUNNING when its host says so', () => {
    const task = aTask({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', lastStatus: 'PENDING' });
    expect(foldReport(task, aReport({ status: 'RUNNING' }), NOW)).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
    });
  });

  test('[TSK-11] applies a container that is named twice in the order given', () => {
    const report = aReport({
      status: 'RUNNING',
      containers: [
        { name: 'side', status: 'RUNNING', exitCode: 3 },
        { name: 'side', status: 'STOPPED' },
        { name: 'nobody', status: 'STOPPED' },
      ],
    });
    const task = aTask({ containers: [aContainer(), aContainer({ name: 'side', essential: false })] });
    expect(foldReport(task, report, NOW)).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      containers: [{ lastStatus: 'PENDING' }, { lastStatus: 'STOPPED', exitCode: 3 }],
    });
  });

  test('[TSK-13] an essential container’s end begins the end of the task', () => {
    const task = aTask({ lastStatus: 'RUNNING', startedAt: instant(1) });
    const report = aReport({
      status: 'RUNNING',
      executionStoppedAt: instant(4_000),
      containers: [{ name: 'app', status: 'STOPPED', exitCode: 1 }],
    });
    expect(foldReport(task, report, NOW)).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      stoppingAt: 5_000,
      executionStoppedAt: 4_000,
    });
  });

  test('[TSK-13] STOPPED goes by DEPROVISIONING with an interface, and straight to STOPPED without', () => {
    const report = aReport({ status: 'STOPPED' });
    const containers = [aContainer({ lastStatus: 'RUNNING' })];
    const running = { lastStatus: 'RUNNING', startedAt: instant(1), containers } as const;
    expect(foldReport(aTask(running), report, NOW)).toMatchObject({
      lastStatus: 'DEPROVISIONING',
      containers: [{ lastStatus: 'STOPPED' }],
    });
    expect(foldReport(aTask({ ...onHost, ...running }), report, NOW)).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedAt: 5_000,
      containers: [{ lastStatus: 'STOPPED' }],
    });
  });

  test('[TSK-14] holds the host ports that the engine chose, but none under awsvpc', () => {
    const bindings = [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 49160, protocol: 'tcp' }] as const;
    const report = aReport({
      status: 'RUNNING',
      containers: [{ name: 'app', status: 'RUNNING', networkBindings: bindings }],
    });
    expect(foldReport(aTask(onHost), report, NOW)).toMatchObject({
      reserved: { tcpPorts: [49160] },
      containers: [{ networkBindings: bindings }],
    });
    expect(foldReport(aTask(), report, NOW)).toMatchObject({
      reserved: { tcpPorts: [] },
      containers: [{ networkBindings: [] }],
    });
  });

  test('[TSK-16] an attachment report attaches the interface and nothing else', () => {
    const attachments = [
      { attachmentArn: 'arn:aws:ecs:us-east-1:1:attachment/attachment-1', status: 'ATTACHED' },
    ];
    const task = aTask({ lastStatus: 'PENDING' });
    expect(foldReport(task, aReport({ attachments }), NOW)).toEqual({
      ...task,
      networkInterface: { ...task.networkInterface, status: 'ATTACHED' },
    });
  });

  test('[EXE-8] a managed agent goes forward only, and ends with its task', () => {
    const container = aContainer({ managedAgent: { name: 'ExecuteCommandAgent', lastStatus: 'PENDING' } });
    const says = (status: string, containerName = 'app', name = 'ExecuteCommandAgent') =>
      aReport({ managedAgents: [{ containerName, name, status, reason: status }] });
    const agentOf = (task: Task) => task.containers[0]?.managedAgent;
    const task = aTask({ containers: [container] });
    const running = foldReport(task, says('RUNNING'), NOW);
    expect(agentOf(running)).toEqual({
      name: 'ExecuteCommandAgent',
      lastStatus: 'RUNNING',
      reason: 'RUNNING',
      lastStartedAt: NOW,
    });
    for (const ignored of [says('PENDING'), says('RUNNING'), says('BUSY'), says('STOPPED', 'other')])
      expect(foldReport(running, ignored, NOW)).toBe(running);
    expect(foldReport(running, says('STOPPED', 'app', 'Other'), NOW)).toBe(running);
    expect(agentOf(foldReport(running, aReport({ status: 'STOPPED' }), NOW))?.lastStatus).toBe('STOPPED');
    const plain = aTask();
    expect(foldReport(plain, says('RUNNING'), NOW)).toBe(plain);
  });

  test('[TSK-12] a long reason is cut to 1,024 characters', () => {
    const report = aReport({ containers: [{ name: 'app', status: 'STOPPED', reason: 'x'.repeat(2_000) }] });
    expect(foldReport(aTask(), report, NOW).containers[0]?.reason).toHaveLength(1024);
  });

  test.each([
    {
      name: 'a program that ended while others started',
      task: {},
      containers: [{ name: 'app', status: 'STOPPED', exitCode: 0 }],
      want: ['EssentialContainerExited', 'Essential container in task exited'],
    },
    {
      name: 'an image that is not there, on FARGATE',
      task: {},
      containers: [{ name: 'app', status: 'STOPPED', reason: 'CannotPullContainerError: no such image' }],
      want: ['TaskFailedToStart', 'CannotPullContainerError: no such image'],
    },
    {
      name: 'an image that is not there, on EC2',
      task: onHost,
      containers: [{ name: 'app', status: 'STOPPED', reason: 'CannotPullContainerError: no such image' }],
      want: ['TaskFailedToStart', 'Task failed to start'],
    },
    {
      name: 'an engine that refused the start, whatever exit code it gave',
      task: {},
      containers: [
        { name: 'app', status: 'STOPPED', exitCode: 127, reason: 'CannotStartContainerError: exec failed' },
      ],
      want: ['TaskFailedToStart', 'CannotStartContainerError: exec failed'],
    },
    {
      name: 'nothing said at all',
      task: {},
      containers: [],
      want: ['TaskFailedToStart', 'Task failed to start'],
    },
    {
      name: 'a running container that vanished',
      task: { startedAt: instant(1), lastStatus: 'RUNNING' },
      containers: [{ name: 'app', status: 'STOPPED', reason: 'ContainerVanishedError: gone' }],
      want: ['EssentialContainerExited', 'Essential container in task exited'],
    },
    {
      name: 'a stop that somebody asked for',
      task: {
        desiredStatus: 'STOPPED',
        stopCode: 'UserInitiated',
        stoppedReason: 'enough',
        lastStatus: 'RUNNING',
      },
      containers: [{ name: 'app', status: 'STOPPED', exitCode: 143 }],
      want: ['UserInitiated', 'enough'],
    },
  ] satisfies readonly {
    name: string;
    task: Partial<Task>;
    containers: TaskReport['containers'];
    want: string[];
  }[])('[TSK-20] names the cause of $name', ({ task, containers, want }) => {
    const { stopCode, stoppedReason } = foldReport(
      aTask(task),
      aReport({ status: 'STOPPED', containers }),
      NOW,
    );
    expect([stopCode, stoppedReason]).toEqual(want);
  });

  test('[TSK-10] never moves a task or a container back, whatever the order of reports', () => {
    fc.assert(
      fc.property(anyTask, fc.array(anyReport, { maxLength: 6 }), (task, reports) => {
        let before = task;
        for (const report of reports) {
          const after = foldReport(before, report, NOW);
          expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
          before.containers.forEach((container, at) => {
            const next = after.containers[at];
            expect(RANKS.indexOf(next?.lastStatus ?? 'none')).toBeGreaterThanOrEqual(
              RANKS.indexOf(container.lastStatus),
            );
            if (container.exitCode !== undefined) expect(next?.exitCode).toBe(container.exitCode);
          });
          if (before.desiredStatus === 'STOPPED') expect(after.desiredStatus).toBe('STOPPED');
          if (before.stopCode !== undefined) expect(after.stopCode).toBe(before.stopCode);
          if (after.desiredStatus === 'STOPPED') expect(after.stopCode).toBeDefined();
          before = after;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('[TSK-10] a report that comes again changes nothing: the same value is returned', () => {
    fc.assert(
      fc.property(anyTask, fc.array(anyReport, { maxLength: 3 }), anyReport, (task, earlier, report) => {
        const before = earlier.reduce((state, each) => foldReport(state, each, NOW), task);
        const once = foldReport(before, report, NOW);
        expect(foldReport(once, report, instant(9_000))).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  test('[TSK-10] a stopped task never changes', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const stopped = finishTask(aTask(), NOW);
        expect(foldReport(stopped, report, instant(9_000))).toBe(stopped);
      }),
      { numRuns: 50 },
    );
  });
});

const RANKS = ['PENDING', 'RUNNING', 'STOPPED'] as readonly string[];
const rank = (task: Task): number => TASK_STATUSES.indexOf(task.lastStatus);

function aReport(report: Partial<TaskReport>): TaskReport {
  return { containers: [], attachments: [], ...report };
}

const anyStatus = fc.constantFrom('PENDING', 'RUNNING', 'STOPPED', undefined, 'PULLED');
const anyReport: fc.Arbitrary<TaskReport> = fc.record({
  status: anyStatus,
  reason: fc.constantFrom('', 'word', undefined),
  containers: fc.array(
    fc.record({
      name: fc.constantFrom('app', 'side', 'nobody'),
      status: anyStatus,
      exitCode: fc.constantFrom(undefined, undefined, 0, 137),
      reason: fc.constantFrom(undefined, '', 'CannotPullContainerError: x'),
      runtimeId: fc.constantFrom(undefined, '', 'r1', 'r2'),
      networkBindings: fc.constantFrom(undefined, [], [{ containerPort: 80, hostPort: 49160 }]),
    }),
    { maxLength: 4 },
  ),
  attachments: fc.constantFrom([], [{ attachmentArn: 'attachment/attachment-1', status: 'ATTACHED' }]),
  executionStoppedAt: fc.constantFrom(undefined, instant(4_000)),
});
const anyTask: fc.Arbitrary<Task> = fc
  .record({ isFargate: fc.boolean(), isStopping: fc.boolean() })
  .map(({ isFargate, isStopping }) =>
    aTask({
      ...(isFargate ? {} : onHost),
      ...(isStopping ? { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppingAt: instant(2) } : {}),
      containers: [aContainer(), aContainer({ name: 'side', essential: false })],
    }),
  );
