import type { Deployment, DeploymentHook, Service } from '../../domain/service.ts';
import type { Instant } from '../../lib/clock.ts';
import type { EventDraft } from './event-draft.ts';
import { detailTime } from './event-time.ts';

/** What a hook came to that ends its deployment. That these are errors is our reading. */
const ERRORS: ReadonlySet<DeploymentHook['status']> = new Set(['FAILED', 'TIMED_OUT']);

/** One event for each lifecycle hook that is new or whose status changed, the oldest deployment first. (EVT-10) */
export function hookEvents(
  before: Service | undefined,
  after: Service | undefined,
  now: Instant,
): readonly EventDraft[] {
  if (after === undefined || before?.deployments === after.deployments) return [];
  return after.deployments.toReversed().flatMap((deployment) => {
    const { hooks = [] } = deployment;
    const known = before?.deployments.find(({ id }) => id === deployment.id)?.hooks ?? [];
    return hooks
      .filter(({ hookId, status }) => known.find((each) => each.hookId === hookId)?.status !== status)
      .map((hook) => draftOf(after, { deployment, hook, now }));
  });
}

interface HookChange {
  readonly deployment: Deployment;
  readonly hook: DeploymentHook;
  readonly now: Instant;
}

function draftOf({ serviceArn, clusterArn }: Service, { deployment, hook, now }: HookChange): EventDraft {
  const { serviceDeploymentArn } = deployment;
  const { hookId, status, stage, expiresAt } = hook;
  const detail = {
    eventType: ERRORS.has(status) ? 'ERROR' : 'INFO',
    eventName: `HOOK_${status}`,
    hookId,
    hookType: 'PAUSE',
    expiresAt: detailTime(expiresAt),
    lifecycleStage: stage,
    clusterArn,
    serviceArn,
    serviceDeploymentArn,
    updatedAt: detailTime(now),
  };
  return { detailType: 'ECS Hook State Change', resourceArn: serviceDeploymentArn, serviceArn, detail };
}
