import { closestRefusal } from '../../core/placement/closest-refusal.ts';
import type { PlacementRefusal, RefusalReason } from '../../core/placement/placement-view.ts';
import { lastSegment } from '../../domain/arn.ts';

const MORE = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';
const NO_INSTANCE = 'was unable to place a task because no container instance met all of its requirements.';

/** What the closest host lacks, in AWS's words; other reasons are quoted as they are. */
const LACKS: Partial<Record<RefusalReason, string>> = {
  'RESOURCE:CPU': 'has insufficient CPU units available.',
  'RESOURCE:MEMORY': 'has insufficient memory available.',
  'RESOURCE:PORTS': 'is already using a port required by your task.',
  AGENT: "doesn't have the agent connected.",
  ATTRIBUTE: 'is missing an attribute required by your task.',
};

/** The event of a service that found no host; FARGATE does not show its hosts. (SVC-22) */
export function noRoomMessage(refusals: readonly PlacementRefusal[], isFargate: boolean): string {
  if (isFargate) {
    return 'was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.';
  }
  const closest = closestRefusal(refusals);
  if (closest === undefined) {
    return `${NO_INSTANCE} Reason: No Container Instances were found in your cluster. ${MORE}`;
  }
  const reason = closest.reason === 'CONSTRAINT' ? (closest.missing ?? closest.reason) : closest.reason;
  const lack = LACKS[closest.reason] ?? `encountered error "${reason}".`;
  return `${NO_INSTANCE} The closest matching (container-instance ${lastSegment(closest.hostId)}) ${lack} ${MORE}`;
}
