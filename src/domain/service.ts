import type { Instant } from '../lib/clock.ts';
import type {
  CapacityProviderStrategyItem,
  DeploymentConfiguration,
  DeploymentLifecycleHookAction,
  DeploymentLifecycleHookStatus,
  NetworkConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  PropagateTags,
  ServiceDeploymentLifecycleStage,
  StabilityStatus,
  Tag,
} from '../shapes/generated/ecs.ts';
import type { LaunchType } from './task.ts';

/** What a deployment starts its tasks with. A change of any of these makes a new deployment. */
export interface DeploymentSpec {
  readonly taskDefinitionArn: string;
  readonly launchType?: LaunchType | undefined;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: NetworkConfiguration | undefined;
}

/** Why a deployment was given up. */
export interface DeploymentFailure {
  readonly cause: 'circuit-breaker' | 'alarm' | 'hook' | 'request';
  /** What `statusReason` says. (SDP-5) */
  readonly reason: string;
  /** Whether the service is to go back to what was completed last. */
  readonly wantsRollback: boolean;
  /** The alarms that were raised. */
  readonly alarmNames?: readonly string[] | undefined;
}

/** A pause of a deployment at one of its stages. */
export interface DeploymentHook {
  /** `ecs-pause-` and 43 characters of base64url. */
  readonly hookId: string;
  readonly stage: ServiceDeploymentLifecycleStage;
  readonly status: DeploymentLifecycleHookStatus;
  readonly expiresAt: Instant;
  readonly timeoutAction: DeploymentLifecycleHookAction;
}

/** What makes a deployment a task set: one of several that someone else decides about. */
export interface TaskSetState {
  readonly taskSetArn: string;
  readonly externalId?: string | undefined;
  /** Of the service's desired count, 0 to 100. */
  readonly scalePercent: number;
  /** Deleted, but its last task has not stopped yet. */
  readonly isDraining: boolean;
  readonly stabilityStatus: StabilityStatus;
  readonly stabilityStatusAt: Instant;
  readonly tags: readonly Tag[];
}

/** One entry of `deployments[]`, and all progress of a rollout: a restart in the middle of it reads this and goes on. */
export interface Deployment {
  /** `ecs-svc/` and 19 digits. */
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  /** What its tasks are, as a record; a rollback has that of an earlier deployment. */
  readonly revisionArn: string;
  /** The record of the rollout; a rollback belongs to the one that failed. */
  readonly serviceDeploymentArn: string;
  readonly spec: DeploymentSpec;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly rolloutStateReason: string;
  /**
   * Of an ACTIVE deployment: how many of its tasks are still to be kept while the PRIMARY one takes over. Absent until
   * the scheduler has looked at it, and on the PRIMARY one, which wants the service's `desiredCount`.
   */
  readonly desiredCount?: number | undefined;
  /** Consecutive failures, as the circuit breaker counts them. */
  readonly failedTasks: number;
  /** When a failure was last counted; a task that started later ends the run of launch failures. */
  readonly lastFailureAt?: Instant | undefined;
  /** Set on a deployment that a failure made: the failed one it replaces. */
  readonly rollbackOf?: string | undefined;
  /** Image name → digest, resolved by the first task and used by the later ones. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** Consecutive launches that never reached RUNNING, for the back-off (not the breaker). */
  readonly launchFailures: number;
  /** No task is started before this instant. */
  readonly nextLaunchAt?: Instant | undefined;
  /** A user wants it to end; the scheduler has it fail. */
  readonly stopRequest?: 'ROLLBACK' | 'ABORT' | undefined;
  /** Present exactly when `rolloutState` is FAILED. */
  readonly failure?: DeploymentFailure | undefined;
  /** Where it stands, when hooks or a bake time give it stages. */
  readonly lifecycleStage?: ServiceDeploymentLifecycleStage | undefined;
  readonly hooks?: readonly DeploymentHook[] | undefined;
  /** Present exactly on the deployments of services with task sets. */
  readonly taskSet?: TaskSetState | undefined;
  /** Until when it is watched before it counts as completed. */
  readonly bakeUntil?: Instant | undefined;
  /** False when an alarm was raised at its start: then alarms do not matter to it. */
  readonly watchesAlarms?: boolean | undefined;
}

/** A message that is not repeated while its cause lasts, or until six hours have passed. */
export interface ServiceNotice {
  readonly message: string;
  readonly writtenAt: Instant;
}

/** Why tasks cannot be started at present. */
export interface LaunchNotice extends ServiceNotice {
  /**
   * `room`: other tasks hold what they need on the hosts. `hosts`: there is no host that could take them, for another
   * reason. `refused`: the launch itself is not valid any more, e.g. for its role.
   */
  readonly cause: 'room' | 'hosts' | 'refused';
}

/** A service row. Running and pending counts are read from the tasks. */
export interface Service {
  readonly serviceArn: string;
  readonly serviceName: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  /** Who decides about deployments; the scheduler itself when absent. Others have task sets. */
  readonly deploymentController?: 'ECS' | 'EXTERNAL' | 'CODE_DEPLOY' | undefined;
  /** Of a DAEMON service: how many hosts there are, as its scheduler last saw. */
  readonly desiredCount: number;
  readonly spec: DeploymentSpec;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly placementStrategy: readonly PlacementStrategy[];
  readonly healthCheckGracePeriodSeconds: number;
  readonly enableEcsManagedTags: boolean;
  readonly propagateTags: PropagateTags;
  readonly enableExecuteCommand: boolean;
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly roleArn: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly inactiveAt?: Instant | undefined;
  /** Newest first; the first is PRIMARY. */
  readonly deployments: readonly Deployment[];
  /** The newest deployment that completed: what a failed one is rolled back to. */
  readonly lastCompleted?: DeploymentSpec | undefined;
  readonly lastCompletedRevisionArn?: string | undefined;
  /** When the steady-state event was last written; undefined while unsteady. */
  readonly steadyAt?: Instant | undefined;
  /** Present while tasks cannot be started for want of room, a role or a definition; holds what was said about it. */
  readonly launchNotice?: LaunchNotice | undefined;
  /** Present while the percentages allow the deployment neither a start nor a stop. */
  readonly blockedNotice?: ServiceNotice | undefined;
  /** Present while protected tasks keep the service from becoming smaller or from ending a deployment. */
  readonly protectionNotice?: ServiceNotice | undefined;
  /** Present while its tasks are being spread evenly over the zones; the retry waits after a zone had no room. */
  readonly zoneRebalance?:
    | { readonly startedAt: Instant; readonly retryAt?: Instant | undefined }
    | undefined;
  /** What CreateService was asked, as canonical text: the same again answers this service. */
  readonly creationRequest: string;
  readonly tags: readonly Tag[];
  /** The sequence number of the newest event. */
  readonly lastEventSequence: number;
}

/** One line of `events[]`; append-only, the newest 100 of a service are kept. */
export interface ServiceEvent {
  readonly serviceArn: string;
  readonly sequence: number;
  readonly id: string;
  readonly createdAt: Instant;
  readonly message: string;
}
