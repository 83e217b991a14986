import type { Daemon, DaemonDeployment } from '../../domain/daemon.ts';
import { type Instant, instant } from '../../lib/clock.ts';
import type { DaemonPlace, DaemonTask, DaemonView } from './daemon-view.ts';

/** For tests: where their clock stands. */
export const NOW: Instant = instant(1_000_000);

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/default';
const DAEMON = 'arn:aws:ecs:us-east-1:123456789012:daemon/default/agent';

/** For tests: an ACTIVE daemon that wants the revision `new`. */
export const aDaemon = (row: Partial<Daemon> = {}): Daemon => ({
  daemonArn: DAEMON,
  daemonName: 'agent',
  clusterArn: CLUSTER,
  clusterName: 'default',
  status: 'ACTIVE',
  createdAt: instant(0),
  updatedAt: instant(0),
  deploymentConfiguration: {},
  targetRevisionArn: 'new',
  deploymentArn: 'deployment',
  setbacks: {},
  tags: [],
  ...row,
});

/** For tests: a deployment of `new` that is under way, 25 % at a time, without a bake time. */
export const aDaemonDeployment = (row: Partial<DaemonDeployment> = {}): DaemonDeployment => ({
  daemonDeploymentArn: 'deployment',
  daemonArn: DAEMON,
  clusterArn: CLUSTER,
  status: 'IN_PROGRESS',
  isDeletion: false,
  targetRevisionArn: 'new',
  sourceRevisionArns: [],
  deploymentConfiguration: { drainPercent: 25, bakeTimeInMinutes: 0 },
  createdAt: instant(0),
  updatedAt: instant(0),
  failureCount: 0,
  failureThreshold: 3,
  rollbackFailureCount: 0,
  ignoredAlarmNames: [],
  triggeredAlarmNames: [],
  ...row,
});

/** For tests: a task of the revision `new` that runs on the host `h1`. */
export const aDaemonTask = (task: Partial<DaemonTask> = {}): DaemonTask => ({
  taskArn: `task-${task.instanceArn ?? 'h1'}-${task.daemonRevisionArn ?? 'new'}`,
  instanceArn: 'h1',
  daemonRevisionArn: 'new',
  desiredStatus: 'RUNNING',
  lastStatus: 'RUNNING',
  healthStatus: 'UNKNOWN',
  createdAt: instant(0),
  startedAt: instant(0),
  stoppedAt: undefined,
  stopCode: undefined,
  stoppedReason: undefined,
  containers: [],
  ...task,
});

/** For tests: hosts that are wanted. */
export const wantedHosts = (...names: readonly string[]): readonly DaemonPlace[] =>
  names.map((instanceArn) => ({ instanceArn, state: 'wanted' }));

/** For tests: a daemon with one wanted host and nothing on it. */
export const aDaemonView = (view: Partial<DaemonView> = {}): DaemonView => ({
  daemon: aDaemon(),
  deployment: aDaemonDeployment(),
  places: wantedHosts('h1'),
  imageDigests: {},
  tasks: [],
  endedTasks: [],
  raisedAlarms: [],
  now: NOW,
  ...view,
});
