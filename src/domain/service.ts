import type { Instant } from '../lib/clock.ts';
import type {
  CapacityProviderStrategyItem,
  DeploymentConfiguration,
  NetworkConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  PropagateTags,
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

/** One entry of `deployments[]`, and all progress of a rollout: a restart in the middle of it reads this and goes on. */
export interface Deployment {
  /** `ecs-svc/` and 19 digits. */
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
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
  /** Set on a deployment that the circuit breaker made: the failed one it replaces. */
  readonly rollbackOf?: string | undefined;
  /** Image name → digest, resolved by the first task and used by the later ones. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** Consecutive launches that never reached RUNNING, for the back-off (not the breaker). */
  readonly launchFailures: number;
  /** No task is started before this instant. */
  readonly nextLaunchAt?: Instant | undefined;
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
  readonly schedulingStrategy: 'REPLICA';
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
  /** The newest deployment that completed: what the circuit breaker rolls back to. */
  readonly lastCompleted?: DeploymentSpec | undefined;
  /** When the steady-state event was last written; undefined while unsteady. */
  readonly steadyAt?: Instant | undefined;
  /** Present while tasks cannot be started for want of room, a role or a definition; holds what was said about it. */
  readonly launchNotice?: LaunchNotice | undefined;
  /** Present while the percentages allow the deployment neither a start nor a stop. */
  readonly blockedNotice?: ServiceNotice | undefined;
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
