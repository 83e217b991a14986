import type { Deployment, DeploymentFailure } from '../../domain/service.ts';
import { hasTripped } from './circuit-breaker.ts';
import { deploymentFailed, deploymentFailedBecause, FAILED_REASON, failedReason } from './event-texts.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import {
  BREAKER_ROLLED_BACK,
  BREAKER_STOPPED,
  REQUEST_ROLLED_BACK,
  REQUEST_STOPPED,
} from './status-reasons.ts';

/** The deployments after the PRIMARY one was judged, and what that led to. */
export interface Judged {
  readonly deployments: readonly Deployment[];
  readonly decisions: readonly ServiceDecision[];
  /** The last decision makes another deployment PRIMARY; the next look goes on from there. */
  readonly isRollback: boolean;
}

/** Fails the PRIMARY deployment when something says so. A rollback is not rolled back. (DEP-9, DEP-10, SDP-7) */
export function judgePrimary(view: ServiceView, deployments: readonly Deployment[]): Judged {
  const { service } = view;
  const [primary, ...older] = deployments;
  const isOpen = primary?.rolloutState === 'IN_PROGRESS' && service.status === 'ACTIVE';
  const failure = isOpen ? failureOf(view, primary) : undefined;
  if (primary === undefined || failure === undefined) {
    return { deployments, decisions: [], isRollback: false };
  }
  const isBreaker = failure.cause === 'circuit-breaker';
  const change = {
    rolloutState: 'FAILED',
    rolloutStateReason: isBreaker ? FAILED_REASON : failedReason(failure.reason),
    failure,
  } as const;
  const message = isBreaker
    ? deploymentFailed(primary.id)
    : deploymentFailedBecause(primary.id, failure.reason);
  const decisions: ServiceDecision[] = [
    { kind: 'change-deployment', deploymentId: primary.id, change },
    { kind: 'event', message },
  ];
  const { lastCompleted: spec, lastCompletedRevisionArn: revisionArn = '' } = service;
  const isRollback = failure.wantsRollback && spec !== undefined;
  if (isRollback) decisions.push({ kind: 'roll-back', fromDeploymentId: primary.id, spec, revisionArn });
  return { deployments: [{ ...primary, ...change }, ...older], decisions, isRollback };
}

/** Why the deployment is to be given up now: what fires first decides, and its own setting says whether to go back. */
function failureOf(view: ServiceView, primary: Deployment): DeploymentFailure | undefined {
  const mayRollBack = primary.rollbackOf === undefined;
  const { deploymentConfiguration, desiredCount } = view.service;
  if (primary.stopRequest !== undefined) {
    const wantsRollback = primary.stopRequest === 'ROLLBACK' && mayRollBack;
    return {
      cause: 'request',
      wantsRollback,
      reason: wantsRollback ? REQUEST_ROLLED_BACK : REQUEST_STOPPED,
    };
  }
  const breaker = deploymentConfiguration.deploymentCircuitBreaker;
  if (hasTripped(breaker, primary.failedTasks, desiredCount)) {
    const wantsRollback = breaker?.rollback === true && mayRollBack;
    return {
      cause: 'circuit-breaker',
      wantsRollback,
      reason: wantsRollback ? BREAKER_ROLLED_BACK : BREAKER_STOPPED,
    };
  }
  return undefined;
}
