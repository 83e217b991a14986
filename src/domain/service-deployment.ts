import type { Instant } from '../lib/clock.ts';
import type {
  DeploymentConfiguration,
  Rollback,
  ServiceDeploymentLifecycleStage,
  ServiceDeploymentStatus,
} from '../shapes/generated/ecs.ts';
import type { DeploymentHook, DeploymentSpec } from './service.ts';

/** How many tasks of a revision are wanted, RUNNING and on their way there. */
export interface RevisionCounts {
  readonly revisionArn: string;
  readonly requestedTaskCount: number;
  readonly runningTaskCount: number;
  readonly pendingTaskCount: number;
}

/**
 * The record of one rollout, from the request to its end: what it replaced, by what, and how it went. The rollout itself
 * lives in the service's row; this follows it, and stays when it is over. (SDP-1)
 */
export interface ServiceDeployment {
  readonly serviceDeploymentArn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly createdAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly finishedAt?: Instant | undefined;
  readonly stoppedAt?: Instant | undefined;
  readonly updatedAt: Instant;
  readonly sourceRevisionArns: readonly string[];
  readonly targetRevisionArn: string;
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string | undefined;
  readonly lifecycleStage?: ServiceDeploymentLifecycleStage | undefined;
  readonly lifecycleHooks: readonly DeploymentHook[];
  /** As it was when the rollout began. */
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly rollback?: Rollback | undefined;
  /** Failures that the circuit breaker has counted, and how many are too many. */
  readonly failureCount: number;
  readonly failureThreshold: number;
  /** What made it fail, when something did. */
  readonly failureCause?: 'circuit-breaker' | 'alarm' | 'hook' | 'request' | undefined;
  readonly triggeredAlarmNames: readonly string[];
  /** Counts of its revisions as they were at its end; while it is under way they are read from the tasks. */
  readonly finalCounts?: readonly RevisionCounts[] | undefined;
}

/** What a service ran at some time: written once, with the deployment that brought it. (SDP-2) */
export interface ServiceRevision {
  readonly serviceRevisionArn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly createdAt: Instant;
  readonly spec: DeploymentSpec;
}
