import { describe, expect, test } from 'vitest';
import type { Task } from '../../domain/task.ts';
import { instant } from '../../lib/clock.ts';
import { aTask } from '../task/testing.ts';
import { explainTask } from './explain-task.ts';

const host = (overrides: object = {}) =>
  ({
    containerInstanceArn: 'h1',
    status: 'ACTIVE',
    agentConnected: true,
    connectivityAt: instant(5),
    ...overrides,
  }) as never;
const container = (overrides: Partial<Task['containers'][number]>): Task['containers'][number] => ({
  containerArn: '',
  name: 'app',
  image: 'nginx:1',
  essential: true,
  lastStatus: 'PENDING',
  networkBindings: [],
  cpu: '0',
  ...overrides,
});

const PULLED = {
  lastStatus: 'PENDING',
  ...{ sentAt: instant(1), pullStartedAt: instant(2), pullStoppedAt: instant(3) },
} as const;

describe('explainTask', () => {
  test.each<[string, Partial<Task>, object, string | undefined]>([
    ['an interface', { lastStatus: 'PROVISIONING' }, {}, 'its network interface'],
    ['its host to hear', { lastStatus: 'PENDING' }, {}, 'its host to be told of it'],
    [
      'a host that is away',
      { lastStatus: 'PENDING' },
      { agentConnected: false },
      'its host, whose agent is not connected',
    ],
    [
      'images',
      { lastStatus: 'PENDING', sentAt: instant(1), pullStartedAt: instant(2), containers: [container({})] },
      {},
      'its images: nginx:1',
    ],
    [
      'containers',
      { lastStatus: 'PENDING', sentAt: instant(1), pullStartedAt: instant(2), pullStoppedAt: instant(3) },
      {},
      'its containers to start',
    ],
    [
      'a health check',
      { lastStatus: 'RUNNING', containers: [container({ lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' })] },
      {},
      'the health check of container app',
    ],
    ['its end', { lastStatus: 'RUNNING', desiredStatus: 'STOPPED' }, {}, 'its containers to end'],
    ['nothing while it runs', { lastStatus: 'RUNNING', containers: [] }, {}, undefined],
    ['nothing once it has stopped', { lastStatus: 'STOPPED' }, {}, undefined],
  ])('[EXP-3] waits for %s', (_, task, hostState, waitsFor) => {
    const { waits } = explainTask({ task: aTask({ instanceArn: 'h1', ...task }), host: host(hostState) });
    expect(waits[0]?.waitsFor).toBe(waitsFor);
  });

  test('[EXP-3] a task that never ran says what its containers said', () => {
    const task = aTask({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      startedAt: undefined,
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Task failed to start',
      containers: [container({ lastStatus: 'STOPPED', exitCode: 1, reason: 'CannotPullContainerError: no' })],
    });
    expect(explainTask({ task, host: undefined })).toMatchObject({
      state: 'It never ran: Task failed to start (TaskFailedToStart).',
      facts: ['Container app ended with exit code 1.', 'Container app: CannotPullContainerError: no'],
      waits: [],
      next: 'Nothing: a stopped task does not start again.',
    });
  });

  test('[LIF-16] a task whose containers start one after the other says in which order', () => {
    const task = aTask({ ...PULLED, instanceArn: 'h1' });
    const definitions = [
      { name: 'db' },
      { name: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' as const }] },
    ];
    expect(explainTask({ task, host: host(), definitions }).waits[0]?.waitsFor).toBe(
      'its containers to start: app after db (HEALTHY)',
    );
    const early = aTask({ lastStatus: 'PENDING', sentAt: instant(1), instanceArn: 'h1', containers: [] });
    expect(explainTask({ task: early, host: host(), definitions }).waits[0]?.waitsFor).toBe(
      'its host to fetch its images: ; then its containers to start: app after db (HEALTHY)',
    );
  });

  test('[LIF-5] says what a failing health check said, and nothing of one that passes', () => {
    const checked = (...results: readonly (readonly [exitCode: number, output: string])[]) => {
      const healthChecks = results.map(([exitCode, output]) => ({ endedAtMs: 1, exitCode, output }));
      const containers = [container({ lastStatus: 'RUNNING', healthStatus: 'UNKNOWN', healthChecks })];
      return explainTask({ task: aTask({ lastStatus: 'RUNNING', containers }), host: undefined }).facts.slice(
        0,
        -1,
      );
    };
    expect(checked([1, 'first'], [1, 'no route\n  to host\n'], [0, 'fine'])).toEqual([
      'The health check of container app said: exit 1, no route / to host',
    ]);
    expect(checked([0, 'fine'])).toEqual([]);
  });

  test('[EXP-3] tells of a host that drains, is away, or is gone', () => {
    const task = aTask({ instanceArn: 'h1', lastStatus: 'RUNNING', containers: [] });
    const facts = (state: object) => explainTask({ task, host: host(state) }).facts;
    expect(facts({ status: 'DRAINING' })).toContain('Its host is DRAINING.');
    expect(facts({ agentConnected: false })).toContain(
      'The agent of its host is not connected; its containers run on meanwhile.',
    );
    expect(explainTask({ task, host: undefined }).facts).toEqual(['Its host is gone.']);
  });
});
