import type { Daemon, DaemonDeployment } from '../../domain/daemon.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import type { DaemonDeploymentStatus } from '../../shapes/generated/ecs.ts';
import type { DaemonView } from './daemon-view.ts';

const OVER: readonly DaemonDeploymentStatus[] = [
  'SUCCESSFUL',
  'STOPPED',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
];

/** True when a deployment of a daemon does not change any more. (MDM-27) */
export const isDaemonDeploymentOver = ({ status }: Pick<DaemonDeployment, 'status'>): boolean =>
  OVER.includes(status);

/** Why a deployment failed, in the words of service deployments. (SDP-5) */
const CAUSES = {
  'circuit-breaker': 'the circuit breaker threshold was exceeded.',
  alarm: 'an alarm was detected.',
} as const;

/** What a look at the hosts says to the deployment. */
export interface DeploymentNews {
  readonly isSettled: boolean;
  /** New failures of the revision that is being deployed. */
  readonly failureCount: number;
}

/** How a deployment goes on. */
export interface FollowedDeployment {
  readonly change: Partial<DaemonDeployment>;
  readonly daemonChange: Partial<Daemon>;
  /** When the bake time ends. */
  readonly wakeAt?: Instant | undefined;
}

const NOTHING: FollowedDeployment = { change: {}, daemonChange: {} };

/** Moves a deployment on by what was seen; progress is only in its row. (MDM-26, MDM-27, MDM-28) */
export function followDeployment(view: DaemonView, news: DeploymentNews): FollowedDeployment {
  const { deployment, now, raisedAlarms } = view;
  switch (deployment.status) {
    case 'PENDING': {
      const begun: Partial<DaemonDeployment> = {
        status: 'IN_PROGRESS',
        startedAt: now,
        // Alarms that are raised already say nothing about this revision.
        ignoredAlarmNames: raisedAlarms,
      };
      return { ...NOTHING, change: begun, wakeAt: now };
    }
    case 'IN_PROGRESS':
      return deployment.isDeletion ? followDeletion(view, news) : followRollout(view, news);
    case 'ROLLBACK_IN_PROGRESS':
      return followRollback(view, news);
    default:
      return NOTHING;
  }
}

function followDeletion({ now }: DaemonView, { isSettled }: DeploymentNews): FollowedDeployment {
  if (!isSettled) return NOTHING;
  return {
    change: { status: 'SUCCESSFUL', finishedAt: now },
    daemonChange: { status: 'DELETED', deletedAt: now },
  };
}

function followRollout(view: DaemonView, news: DeploymentNews): FollowedDeployment {
  const { deployment, daemon, now } = view;
  const failureCount = deployment.failureCount + news.failureCount;
  const counted = news.failureCount === 0 ? {} : { failureCount };
  const triggered = view.raisedAlarms.filter((name) => !deployment.ignoredAlarmNames.includes(name));
  if (triggered.length > 0)
    return fail(view, {
      ...counted,
      failureCause: 'alarm',
      triggeredAlarmNames: triggered,
    });
  if (failureCount >= deployment.failureThreshold)
    return fail(view, { ...counted, failureCause: 'circuit-breaker' });
  if (!news.isSettled) return { ...NOTHING, change: counted };
  const bakeMs = (deployment.deploymentConfiguration.bakeTimeInMinutes ?? 0) * 60_000;
  const bakeUntil = deployment.bakeUntil ?? plusMs(now, bakeMs);
  if (now < bakeUntil) {
    const begun = deployment.bakeUntil === undefined ? { bakeUntil } : {};
    return { ...NOTHING, change: { ...counted, ...begun }, wakeAt: bakeUntil };
  }
  return {
    change: { ...counted, status: 'SUCCESSFUL', finishedAt: now },
    daemonChange: { lastDeployedRevisionArn: daemon.targetRevisionArn },
  };
}

/** Goes back to what was deployed last; without that the deployment stops where it is. (MDM-26) */
function fail(
  { daemon, now }: DaemonView,
  change: Partial<DaemonDeployment> & { readonly failureCause: keyof typeof CAUSES },
): FollowedDeployment {
  const target = daemon.lastDeployedRevisionArn;
  const cause = CAUSES[change.failureCause];
  if (target === undefined || target === daemon.targetRevisionArn) {
    const statusReason = `Daemon deployment stopped because ${cause}`;
    const end = { status: 'STOPPED', stoppedAt: now, finishedAt: now } as const;
    return { ...NOTHING, change: { ...change, ...end, statusReason } };
  }
  const statusReason = `Daemon deployment rolled back because ${cause}`;
  return {
    change: {
      ...change,
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason,
      stoppedAt: now,
      rollback: { reason: statusReason, startedAt: now, rollbackTargetDaemonRevisionArn: target },
    },
    daemonChange: { targetRevisionArn: target, setbacks: {} },
  };
}

function followRollback({ deployment, now }: DaemonView, news: DeploymentNews): FollowedDeployment {
  const rollbackFailureCount = deployment.rollbackFailureCount + news.failureCount;
  const counted = news.failureCount === 0 ? {} : { rollbackFailureCount };
  if (rollbackFailureCount >= deployment.failureThreshold)
    return { ...NOTHING, change: { ...counted, status: 'ROLLBACK_FAILED', finishedAt: now } };
  if (!news.isSettled) return { ...NOTHING, change: counted };
  return { ...NOTHING, change: { ...counted, status: 'ROLLBACK_SUCCESSFUL', finishedAt: now } };
}
