/**
 * Texts of `events[].message`, byte for byte those of AWS, without the `(service X) ` in front, and the texts that
 * stand in the rows of deployments and tasks. (SVC-20)
 */

const named = (taskIds: readonly string[]): string => taskIds.map((taskId) => `(task ${taskId})`).join(' ');

export const startedTasks = (taskIds: readonly string[], unhealthyCount: number): string => {
  const started = `has started ${taskIds.length} tasks: ${named(taskIds)}.`;
  if (unhealthyCount === 0) return started;
  return `${started} Amazon ECS replaced ${unhealthyCount} tasks due to an unhealthy status.`;
};

export const stoppedRunningTasks = (taskIds: readonly string[]): string =>
  `has stopped ${taskIds.length} running tasks: ${named(taskIds)}.`;

export const stoppedPendingTasks = (count: number): string => `stopped ${count} pending tasks.`;

export const failedHealthChecks = (taskId: string): string =>
  `(task ${taskId}) failed container health checks.`;

export const STEADY_STATE = 'has reached a steady state.';

export const deploymentCompleted = (deploymentId: string): string =>
  `(deployment ${deploymentId}) deployment completed.`;

export const deploymentFailed = (deploymentId: string): string =>
  `(deployment ${deploymentId}) deployment failed: tasks failed to start.`;

/** What follows `deployment failed: ` when an alarm was raised. */
export const ALARM_DETECTED = 'alarm detected.';

/** A failure whose reason is a sentence of its own. */
export const deploymentFailedBecause = (deploymentId: string, reason: string): string =>
  `(deployment ${deploymentId}) deployment failed: ${reason}`;

export const rollingBack = (deploymentId: string): string => `rolling back to deployment ${deploymentId}.`;

export const BACKING_OFF =
  'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

export const BLOCKED_BY_BOUNDS =
  'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.';

/** Without a full stop, as AWS has it. */
export const heldByProtection = (deploymentId: string, count: number): string =>
  `was unable to reach steady state because (taskSet ${deploymentId}) was unable to scale in due to (reason ${count} tasks under protection)`;
export const zonesHeldByProtection = (deploymentId: string, count: number): string =>
  `was unable to AZ Rebalance because (taskSet ${deploymentId}) was unable to scale in due to (reason ${count} tasks under protection).`;

type ZoneCounts = readonly (readonly [string, number])[];
const zoneList = (counts: ZoneCounts): string =>
  counts.map(([zone, count]) => `${count} tasks in ${zone}`).join(', ');

export const zonesUnbalanced = (counts: ZoneCounts): string =>
  `is not AZ balanced with ${zoneList(counts)}. AZ Rebalancing in progress.`;
export const zonesBalanced = (counts: ZoneCounts): string => `is AZ balanced with ${zoneList(counts)}.`;
export const startedForZones = (zone: string, taskIds: readonly string[]): string =>
  `has started ${taskIds.length} tasks in ${zone} to AZ Rebalance: ${named(taskIds)}.`;
export const stoppedForZones = (zone: string, taskIds: readonly string[]): string =>
  `has stopped ${taskIds.length} running tasks in ${zone} due to AZ rebalancing: ${named(taskIds)}.`;
export const noRoomInZone = (zone: string, isFargate: boolean): string =>
  isFargate
    ? `is unable to place a task in ${zone}.`
    : `is unable to place a task in ${zone} because no container instance met all of its requirements.`;

/** `stoppedReason` of a task that makes way for one in an emptier zone. */
export const zonesReason = (deploymentId: string): string =>
  `Availability-zone rebalancing initiated by (deployment ${deploymentId})`;

/** `rolloutStateReason` of each state. */
export const inProgressReason = (deploymentId: string): string =>
  `ECS deployment ${deploymentId} in progress.`;
export const completedReason = (deploymentId: string): string => `ECS deployment ${deploymentId} completed.`;
export const FAILED_REASON = 'ECS deployment circuit breaker: tasks failed to start.';
/** The reason for a deployment that failed otherwise than by the circuit breaker. Ours. */
export const failedReason = (reason: string): string => `ECS deployment failed: ${reason}`;
export const rollingBackReason = (deploymentId: string): string =>
  `ECS deployment circuit breaker: rolling back to deploymentId ${deploymentId}.`;

/** `stoppedReason` of a task that its service does not want any more. */
export const scalingReason = (deploymentId: string): string =>
  `Scaling activity initiated by (deployment ${deploymentId})`;

/** `stoppedReason` of a task whose containers are unhealthy. */
export const UNHEALTHY_REASON = 'Task failed container health checks';
