import type { Daemon, DaemonDeployment } from '../../domain/daemon.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

/** One event for a deployment that is new or whose status changed. (MDM-32) */
export function daemonDeploymentEvents(
  before: DaemonDeployment | undefined,
  after: DaemonDeployment | undefined,
): readonly EventDraft[] {
  if (after === undefined || before?.status === after.status) return [];
  const { daemonArn, clusterArn, daemonDeploymentArn, targetRevisionArn, updatedAt } = after;
  const detail = {
    eventType: after.status === 'ROLLBACK_FAILED' ? 'ERROR' : 'INFO',
    eventName: `DAEMON_DEPLOYMENT_${after.status}`,
    clusterArn,
    daemonArn,
    daemonDeploymentArn,
    targetDaemonRevisionArn: targetRevisionArn,
    updatedAt: detailTime(updatedAt),
  };
  return [
    {
      detailType: 'ECS Daemon Deployment State Change',
      resourceArn: daemonArn,
      serviceArn: daemonArn,
      detail,
    },
  ];
}

/** What an event about a failed start says of the host and the revision. */
export interface DaemonFacts {
  readonly capacityProviderName: string | undefined;
  readonly daemonTaskDefinitionArn: string | undefined;
}

/** One event for each start that failed since. (MDM-32) */
export function daemonActions(
  before: Daemon | undefined,
  after: Daemon | undefined,
  factsOf: (instanceArn: string) => DaemonFacts,
): readonly EventDraft[] {
  if (after === undefined || after.setbacks === before?.setbacks) return [];
  const { daemonArn, clusterArn, targetRevisionArn } = after;
  return Object.entries(after.setbacks).flatMap(([containerInstanceArn, setback]): readonly EventDraft[] => {
    const known = before?.setbacks[containerInstanceArn];
    if (known?.at === setback.at && known.failureCount === setback.failureCount) return [];
    const { failureType, taskArn, reason, at } = setback;
    const { capacityProviderName, daemonTaskDefinitionArn } = factsOf(containerInstanceArn);
    const detail = {
      eventType: 'WARNING',
      eventName: 'DAEMON_TASK_START_IMPAIRED',
      clusterArn,
      containerInstanceArn,
      taskArn,
      daemonRevisionArn: targetRevisionArn,
      capacityProviderName,
      daemonArn,
      daemonTaskDefinitionArn,
      failureType,
      createdAt: detailTime(at),
      reason,
    };
    return [{ detailType: 'ECS Daemon Service Action', resourceArn: taskArn, serviceArn: daemonArn, detail }];
  });
}
