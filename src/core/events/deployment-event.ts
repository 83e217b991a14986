import type { Deployment, Service } from '../../domain/service.ts';
import { FAILED_REASON } from '../deployment/event-texts.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

const NAMES: Readonly<Partial<Record<string, { readonly eventType: string; readonly eventName: string }>>> = {
  IN_PROGRESS: { eventType: 'INFO', eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS' },
  COMPLETED: { eventType: 'INFO', eventName: 'SERVICE_DEPLOYMENT_COMPLETED' },
  FAILED: { eventType: 'ERROR', eventName: 'SERVICE_DEPLOYMENT_FAILED' },
};

/** One event for each deployment that is new or whose rollout moved on, the oldest deployment first. (EVT-5) */
export function deploymentEvents(before: Service | undefined, after: Service | undefined): EventDraft[] {
  if (after === undefined) return [];
  const moved = after.deployments.filter((deployment) => {
    const known = before?.deployments.find(({ id }) => id === deployment.id);
    return known?.rolloutState !== deployment.rolloutState;
  });
  return moved.toReversed().flatMap((deployment) => {
    const names = NAMES[deployment.rolloutState];
    if (names === undefined) return [];
    const detail = {
      ...names,
      deploymentId: deployment.id,
      updatedAt: detailTime(deployment.updatedAt),
      reason: reasonOf(deployment),
    };
    const { serviceArn } = after;
    return [{ detailType: 'ECS Deployment State Change', resourceArn: serviceArn, serviceArn, detail }];
  });
}

/** AWS words a failure by the circuit breaker in the singular in events, in the plural in the API. */
const reasonOf = ({ rolloutStateReason }: Deployment): string =>
  rolloutStateReason === FAILED_REASON
    ? 'ECS deployment circuit breaker: task failed to start.'
    : rolloutStateReason;
