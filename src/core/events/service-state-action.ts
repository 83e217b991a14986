import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

/**
 * The service actions that `events[]` has no line for: a task set that became steady, and a count that the scheduler
 * computed anew, which it does for DAEMON services alone; what users ask for makes none. (EVT-11)
 */
export function serviceStateActions(
  before: Service | undefined,
  after: Service | undefined,
  now: Instant,
): readonly EventDraft[] {
  if (before === undefined || after === undefined) return [];
  const steady = after.deployments.flatMap(({ id, taskSet }) => {
    const known = before.deployments.find((each) => each.id === id)?.taskSet;
    const isNew = known?.stabilityStatus !== taskSet?.stabilityStatus;
    return isNew && taskSet?.stabilityStatus === 'STEADY_STATE' ? [taskSet.taskSetArn] : [];
  });
  const isCounted =
    after.schedulingStrategy === 'DAEMON' &&
    after.status === 'ACTIVE' &&
    after.desiredCount !== before.desiredCount;
  return [
    ...steady.map((arn) => draftOf(after, now, { eventName: 'TASKSET_STEADY_STATE', taskSetArns: [arn] })),
    ...(isCounted
      ? [
          draftOf(after, now, {
            eventName: 'SERVICE_DESIRED_COUNT_UPDATED',
            desiredCount: after.desiredCount,
          }),
        ]
      : []),
  ];
}

/** A task of a DAEMON service goes because its host does not meet the service's constraints any more. (EVT-11) */
export const constraintViolated = (
  service: Service,
  { taskArn, instanceArn }: Pick<Task, 'taskArn' | 'instanceArn'>,
  now: Instant,
): EventDraft =>
  draftOf(service, now, {
    eventType: 'ERROR',
    eventName: 'SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED',
    containerInstanceArns: instanceArn === undefined ? undefined : [instanceArn],
    taskArns: [taskArn],
  });

function draftOf(
  { serviceArn, clusterArn }: Service,
  now: Instant,
  detail: Readonly<Record<string, unknown>>,
): EventDraft {
  return {
    detailType: 'ECS Service Action',
    resourceArn: serviceArn,
    serviceArn,
    detail: { eventType: 'INFO', clusterArn, createdAt: detailTime(now), ...detail },
  };
}
