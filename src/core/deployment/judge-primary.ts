import type { Deployment, DeploymentFailure } from '../../domain/service.ts';
import type { Instant } from '../../lib/clock.ts';
import { hasTripped } from './circuit-breaker.ts';
import {
  ALARM_DETECTED,
  deploymentFailed,
  deploymentFailedBecause,
  FAILED_REASON,
  failedReason,
} from './event-texts.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import { timedOutHook } from './stages.ts';
import {
  ALARM_ROLLED_BACK,
  ALARM_STOPPED,
  BREAKER_ROLLED_BACK,
  BREAKER_STOPPED,
  pauseTimedOut,
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
    ...(failure.cause === 'hook' ? { hooks: withTimedOut(primary, view.now) } : {}),
  } as const;
  const message = messageOf(primary.id, failure);
  const decisions: ServiceDecision[] = [
    { kind: 'change-deployment', deploymentId: primary.id, change },
    { kind: 'event', message },
  ];
  const { lastCompleted: spec, lastCompletedRevisionArn: revisionArn = '' } = service;
  const isRollback = failure.wantsRollback && spec !== undefined;
  if (isRollback) decisions.push({ kind: 'roll-back', fromDeploymentId: primary.id, spec, revisionArn });
  return { deployments: [{ ...primary, ...change }, ...older], decisions, isRollback };
}

function messageOf(deploymentId: string, { cause, reason }: DeploymentFailure): string {
  if (cause === 'circuit-breaker') return deploymentFailed(deploymentId);
  return deploymentFailedBecause(deploymentId, cause === 'alarm' ? ALARM_DETECTED : reason);
}

const withTimedOut = ({ hooks = [] }: Deployment, now: Instant): Deployment['hooks'] =>
  hooks.map((hook) =>
    hook.status === 'AWAITING_ACTION' && hook.expiresAt <= now ? { ...hook, status: 'TIMED_OUT' } : hook,
  );

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
  const isUnresolved = breaker?.enable === true && hasNoDigests(view, primary);
  if (isUnresolved || hasTripped(breaker, primary.failedTasks, desiredCount)) {
    const wantsRollback = breaker?.rollback === true && mayRollBack;
    return {
      cause: 'circuit-breaker',
      wantsRollback,
      reason: wantsRollback ? BREAKER_ROLLED_BACK : BREAKER_STOPPED,
    };
  }
  return alarmFailure(view, primary, mayRollBack) ?? hookFailure(view, primary);
}

/** Starts after which a deployment goes on without the digests of its images. (DEP-26) */
const RESOLUTION_ATTEMPTS_COUNT = 3;

/** Its first tasks were to find out what the tags of its images stand for, and none came to RUNNING. (DEP-26) */
const hasNoDigests = (
  { resolvesImages }: ServiceView,
  { imageDigests, launchFailures }: Deployment,
): boolean =>
  resolvesImages === true &&
  launchFailures >= RESOLUTION_ATTEMPTS_COUNT &&
  Object.keys(imageDigests).length === 0;

/** An alarm that was raised after the deployment began. (DEP-22) */
function alarmFailure(
  { service, raisedAlarms }: ServiceView,
  { watchesAlarms }: Deployment,
  mayRollBack: boolean,
): DeploymentFailure | undefined {
  const { alarms } = service.deploymentConfiguration;
  if (alarms?.enable !== true || watchesAlarms !== true || raisedAlarms.length === 0) return undefined;
  const wantsRollback = alarms.rollback && mayRollBack;
  return {
    cause: 'alarm',
    wantsRollback,
    reason: wantsRollback ? ALARM_ROLLED_BACK : ALARM_STOPPED,
    alarmNames: raisedAlarms,
  };
}

function hookFailure({ now }: ServiceView, primary: Deployment): DeploymentFailure | undefined {
  const hook = timedOutHook(primary, now);
  if (hook === undefined) return undefined;
  return { cause: 'hook', wantsRollback: true, reason: pauseTimedOut(hook.stage) };
}
