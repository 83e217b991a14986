import type { Rng } from '../lib/rng.ts';
import type { SubmitTaskStateChangeRequest } from '../shapes/generated/ecs.ts';
import type { Lie } from './scenario.ts';

/** A task as the host that lies knows it. */
interface KnownTask {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly containerName: string;
  readonly phase: 'pulling' | 'running' | 'stopping' | 'stopped';
}

type Report = SubmitTaskStateChangeRequest;

/** The port that two tasks of a host claim at once. */
const CLAIMED_PORT = 8080;

/** The reports that a lie is made of, about any one of the host's tasks; none where there is no task to lie about. */
export function liesOf(
  lie: Exclude<Lie, 'claims-resources'>,
  tasks: readonly KnownTask[],
  rng: Rng,
): Report[] {
  const phases = PHASES[lie];
  const fitting = tasks.filter(({ phase }) => phases.includes(phase));
  const task = fitting[rng.below(Math.max(1, fitting.length))];
  return task === undefined ? [] : REPORTS[lie](task);
}

const ANY: readonly KnownTask['phase'][] = ['pulling', 'running', 'stopping', 'stopped'];

/** Which tasks each lie is told of. */
const PHASES: Readonly<Record<Exclude<Lie, 'claims-resources'>, readonly KnownTask['phase'][]>> = {
  'unknown-task': ANY,
  'moves-back': ['running'],
  'runs-after-end': ['stopped'],
  repeats: ANY,
  'end-before-start': ['pulling', 'running'],
  'wrong-container': ANY,
  'changes-its-story': ['stopped'],
  'claims-port': ['running'],
  'impossible-times': ANY,
};

const report = (
  { taskArn, clusterArn, containerName }: KnownTask,
  status: string,
  container: object = {},
): Report => ({
  cluster: clusterArn,
  task: taskArn,
  status,
  containers: [{ containerName, status, ...container }],
});

const REPORTS: Readonly<Record<Exclude<Lie, 'claims-resources'>, (task: KnownTask) => Report[]>> = {
  'unknown-task': (task) => [
    { ...report(task, 'RUNNING'), task: `${task.taskArn.slice(0, -4)}feed` },
    { ...report(task, 'STOPPED'), task: 'arn:aws:ecs:us-east-1:000000000000:task/none/0' },
    { ...report(task, 'STOPPED'), task: '' },
  ],
  'moves-back': (task) => [report(task, 'PENDING'), report(task, 'CREATED'), report(task, 'NONE')],
  'runs-after-end': (task) => [report(task, 'RUNNING', { runtimeId: 'again' })],
  repeats: (task) => {
    const status = { pulling: 'PENDING', running: 'RUNNING', stopping: 'RUNNING', stopped: 'STOPPED' }[
      task.phase
    ];
    return Array.from({ length: 5 }, () => report(task, status));
  },
  // The task has ended before its container was ever said to run, which it then does.
  'end-before-start': (task) => [
    { ...report(task, 'STOPPED'), containers: [] },
    report(task, 'STOPPED', { exitCode: 0 }),
    report(task, 'RUNNING'),
  ],
  'wrong-container': (task) => [
    report({ ...task, containerName: 'other' }, 'STOPPED', { exitCode: 1 }),
    { cluster: task.clusterArn, task: task.taskArn, status: 'EXPLODED', containers: [{ status: 'RUNNING' }] },
  ],
  'changes-its-story': (task) => [
    report(task, 'STOPPED', { exitCode: 99, reason: 'another reason' }),
    { ...report(task, 'STOPPED'), reason: 'another reason' },
  ],
  'claims-port': (task) => [
    report(task, 'RUNNING', {
      networkBindings: [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: CLAIMED_PORT, protocol: 'tcp' }],
    }),
  ],
  'impossible-times': (task) => [
    {
      ...report(task, 'PENDING'),
      pullStartedAt: 32_503_680_000_000,
      pullStoppedAt: 1,
      executionStoppedAt: -5,
    } as unknown as Report,
  ],
};
