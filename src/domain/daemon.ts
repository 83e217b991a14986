import type { Instant } from '../lib/clock.ts';
import type {
  DaemonDeploymentConfiguration,
  DaemonDeploymentStatus,
  DaemonPropagateTags,
  DaemonRollback,
  Tag,
  TaskDefinition as TaskDefinitionShape,
} from '../shapes/generated/ecs.ts';

/**
 * One revision of a family of daemon task definitions. The document is that of the task definition that its tasks are
 * started with; the API answers the part of it that a daemon's has.
 */
export interface DaemonTaskDefinition {
  readonly daemonTaskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  /** DELETE_IN_PROGRESS while a daemon or a task uses it. */
  readonly status: 'ACTIVE' | 'DELETE_IN_PROGRESS' | 'DELETED';
  readonly document: TaskDefinitionShape;
  readonly registeredAt: Instant;
  readonly registeredBy: string;
  readonly deleteRequestedAt?: Instant | undefined;
  readonly tags: readonly Tag[];
}

/** What a daemon is at some time: written by CreateDaemon or UpdateDaemon; only the digests come later. */
export interface DaemonRevision {
  readonly daemonRevisionArn: string;
  readonly daemonArn: string;
  readonly clusterArn: string;
  readonly daemonTaskDefinitionArn: string;
  /** Whose hosts it runs on: at least one. */
  readonly capacityProviderNames: readonly string[];
  readonly propagateTags: DaemonPropagateTags;
  readonly enableEcsManagedTags: boolean;
  readonly enableExecuteCommand: boolean;
  /** Whether hosts take other tasks only while its task runs on them. */
  readonly critical: boolean;
  /** Image as the definition names it → digest that all its tasks run. Written by the scheduler of daemons alone. */
  readonly imageDigests?: Readonly<Record<string, string>> | undefined;
  readonly createdAt: Instant;
}

/** A start that failed on a host, and when the next one may be. */
export interface DaemonSetback {
  readonly failureType: 'TASK_FAILED_TO_RUN' | 'TASK_CREATION_FAILED';
  readonly reason: string;
  /** Absent when no task could be made. */
  readonly taskArn?: string | undefined;
  /** How many starts in a row. */
  readonly failureCount: number;
  readonly at: Instant;
  readonly retryAt: Instant;
}

/** A daemon: one task on each host of its capacity providers. Counts are read from the tasks. */
export interface Daemon {
  readonly daemonArn: string;
  readonly daemonName: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  /** DELETED ones are kept a while, so that their last deployment can be described; else they count as gone. */
  readonly status: 'ACTIVE' | 'DELETE_IN_PROGRESS' | 'DELETED';
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly deletedAt?: Instant | undefined;
  readonly deploymentConfiguration: DaemonDeploymentConfiguration;
  /** What its hosts are to run. A rollback changes it back. */
  readonly targetRevisionArn: string;
  /** What was deployed to all hosts last: where a rollback leads. */
  readonly lastDeployedRevisionArn?: string | undefined;
  /** The newest deployment. */
  readonly deploymentArn: string;
  /** By host: the starts that failed. A new deployment forgets them. Written by the scheduler of daemons alone. */
  readonly setbacks: Readonly<Record<string, DaemonSetback>>;
  readonly tags: readonly Tag[];
}

/** One rollout of a revision, or of a deletion, and all of its progress. */
export interface DaemonDeployment {
  readonly daemonDeploymentArn: string;
  readonly daemonArn: string;
  readonly clusterArn: string;
  readonly status: DaemonDeploymentStatus;
  readonly statusReason?: string | undefined;
  /** True when it takes the daemon away. */
  readonly isDeletion: boolean;
  /** Of a deletion: the revision that goes. */
  readonly targetRevisionArn: string;
  readonly sourceRevisionArns: readonly string[];
  readonly deploymentConfiguration: DaemonDeploymentConfiguration;
  readonly createdAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly stoppedAt?: Instant | undefined;
  readonly finishedAt?: Instant | undefined;
  readonly updatedAt: Instant;
  /** Failed starts that the circuit breaker has counted, and how many are too many. */
  readonly failureCount: number;
  readonly failureThreshold: number;
  /** The same since the rollback began. */
  readonly rollbackFailureCount: number;
  /** Alarms that were raised when it began: they do not matter to it. */
  readonly ignoredAlarmNames: readonly string[];
  readonly triggeredAlarmNames: readonly string[];
  readonly failureCause?: 'circuit-breaker' | 'alarm' | undefined;
  /** Until when it is watched before it counts as successful. */
  readonly bakeUntil?: Instant | undefined;
  readonly rollback?: DaemonRollback | undefined;
}
