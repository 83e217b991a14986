import type { Deployment, DeploymentHook, DeploymentSpec, Service } from '../../domain/service.ts';
import type { Instant } from '../../lib/clock.ts';
import type { ServiceDeploymentLifecycleStage } from '../../shapes/generated/ecs.ts';

/** What may change in a deployment's row. */
export type DeploymentChange = Partial<
  Pick<
    Deployment,
    | 'status'
    | 'rolloutState'
    | 'rolloutStateReason'
    | 'desiredCount'
    | 'failedTasks'
    | 'lastFailureAt'
    | 'imageDigests'
    | 'launchFailures'
    | 'nextLaunchAt'
    | 'failure'
    | 'lifecycleStage'
    | 'hooks'
    | 'bakeUntil'
    | 'watchesAlarms'
    | 'taskSet'
  >
>;

/** A pause that begins now. */
export type HookOpening = Pick<DeploymentHook, 'expiresAt' | 'timeoutAction'>;

/** What may change in a service's row besides its deployments. */
export type ServiceChange = Partial<
  Pick<
    Service,
    | 'status'
    | 'inactiveAt'
    | 'steadyAt'
    | 'lastCompleted'
    | 'lastCompletedRevisionArn'
    | 'blockedNotice'
    | 'zoneRebalance'
    | 'desiredCount'
    | 'protectionNotice'
  >
>;

/**
 * The smallest steps that the scheduler takes, in the order in which they are to be applied. Texts of events come
 * without the `(service X) ` in front.
 */
export type ServiceDecision =
  /** Start tasks of a deployment; the applier writes the event, for it knows the new tasks' ids. */
  | {
      readonly kind: 'start-tasks';
      readonly deploymentId: string;
      /** At least 1. */
      readonly count: number;
      /** How many of them replace tasks that are unhealthy; at most `count`. */
      readonly unhealthyCount: number;
      /** Where they are to be, when a task moves to another zone. */
      readonly zone?: string | undefined;
      /** The hosts they are to be on, one task on each. */
      readonly hostArns?: readonly string[] | undefined;
    }
  | { readonly kind: 'stop-task'; readonly taskArn: string; readonly reason: string }
  /** Remember that a task's recovery or end is in its deployment's counters. */
  | { readonly kind: 'count-task'; readonly taskArn: string; readonly as: 'HEALTHY' | 'STOPPED' }
  | { readonly kind: 'change-deployment'; readonly deploymentId: string; readonly change: DeploymentChange }
  /** The last task of a deployment that was replaced has ended. */
  | { readonly kind: 'remove-deployment'; readonly deploymentId: string }
  /** Make a new PRIMARY deployment with `spec`; the applier writes the event, for it knows the new id. */
  | {
      readonly kind: 'roll-back';
      readonly fromDeploymentId: string;
      readonly spec: DeploymentSpec;
      readonly revisionArn: string;
    }
  /** Pause the deployment; the applier draws the ids of the hooks. */
  | {
      readonly kind: 'open-hooks';
      readonly deploymentId: string;
      readonly stage: ServiceDeploymentLifecycleStage;
      readonly openings: readonly HookOpening[];
    }
  | { readonly kind: 'change-service'; readonly change: ServiceChange }
  | { readonly kind: 'event'; readonly message: string }
  /** Look again at this instant, even if nothing has happened. At most one, and the last decision. */
  | { readonly kind: 'wake-at'; readonly at: Instant };
