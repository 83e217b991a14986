import type { Daemon, DaemonDeployment } from '../../domain/daemon.ts';
import type { Task } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';

/** What a decision about a daemon sees of a task of it. */
export type DaemonTask = Pick<
  Task,
  | 'taskArn'
  | 'instanceArn'
  | 'daemonRevisionArn'
  | 'desiredStatus'
  | 'lastStatus'
  | 'healthStatus'
  | 'createdAt'
  | 'startedAt'
  | 'stoppedAt'
  | 'stopCode'
  | 'stoppedReason'
> & {
  readonly containers: readonly Pick<
    Task['containers'][number],
    'essential' | 'healthStatus' | 'image' | 'imageDigest'
  >[];
};

/** A host of the daemon's capacity providers. */
export interface DaemonPlace {
  readonly instanceArn: string;
  /**
   * `wanted`: it is to run a task. `held`: it keeps what it has, for its agent is away, or it drains and has other tasks
   * still. `leaving`: it is to have none.
   */
  readonly state: 'wanted' | 'held' | 'leaving';
}

/** All that decisions about a daemon depend on. */
export interface DaemonView {
  readonly daemon: Daemon;
  /** Its newest deployment. */
  readonly deployment: DaemonDeployment;
  /** Hosts of the providers of its target revision that are not INACTIVE; all of its other tasks' hosts are left. */
  readonly places: readonly DaemonPlace[];
  /** What images of its target revision are pinned to. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** Its tasks that are not STOPPED. */
  readonly tasks: readonly DaemonTask[];
  /** Its tasks that have ended and have not been counted. */
  readonly endedTasks: readonly DaemonTask[];
  /** Of the alarms that its deployment watches. */
  readonly raisedAlarms: readonly string[];
  readonly now: Instant;
}

/** The smallest steps towards what a daemon wants. */
export type DaemonDecision =
  | { readonly kind: 'start-task'; readonly instanceArn: string }
  | { readonly kind: 'stop-task'; readonly taskArn: string; readonly reason: string }
  | { readonly kind: 'count-task'; readonly taskArn: string }
  | { readonly kind: 'change-deployment'; readonly change: Partial<DaemonDeployment> }
  | { readonly kind: 'change-daemon'; readonly change: Partial<Daemon> }
  | { readonly kind: 'pin-images'; readonly imageDigests: Readonly<Record<string, string>> }
  | { readonly kind: 'wake-at'; readonly at: Instant };

/** True when a task is there to stay and does its work: its health checks, if any, have passed. (MDM-22) */
export const isReady = ({ desiredStatus, lastStatus, healthStatus, containers }: DaemonTask): boolean =>
  desiredStatus === 'RUNNING' &&
  lastStatus === 'RUNNING' &&
  healthStatus !== 'UNHEALTHY' &&
  containers.every(
    (each) => !each.essential || each.healthStatus === undefined || each.healthStatus === 'HEALTHY',
  );
