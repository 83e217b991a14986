import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Service } from '../../domain/service.ts';
import type { Task } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';

/** What the scheduler looks at in a task. A task row is one. */
export type ServiceTask = Pick<
  Task,
  | 'taskArn'
  | 'taskId'
  | 'deploymentId'
  | 'lastStatus'
  | 'desiredStatus'
  | 'healthStatus'
  | 'containers'
  | 'instanceArn'
  | 'capacityProviderName'
  | 'reserved'
  | 'availabilityZone'
  | 'startedAt'
  | 'stoppedAt'
  | 'stopCode'
  | 'stoppedReason'
  | 'countedAs'
  | 'protectedUntil'
>;

/** A host as a service sees that runs one task on each. */
export interface DaemonHost {
  readonly instanceArn: string;
  /** `wanted`: is to have a task. `held`: keeps the one it has. `leaving`: is to have none. */
  readonly state: 'wanted' | 'held' | 'leaving';
  /** It counts into what the service wants. */
  readonly isActive: boolean;
}
/** What the scheduler looks at in a host. A row of a container instance is one. */
export type ServiceHost = Pick<ContainerInstance, 'status' | 'attributes' | 'registered' | 'reserved'>;

/** How the scheduler is set up; the same for all services of an installation. */
export interface SchedulerSettings {
  /**
   * How long after RUNNING a task without a health check counts as healthy, in milliseconds. AWS documents 40 seconds;
   * an installation may choose less. (DEP-3; AWS: DeploymentConfiguration)
   */
  readonly healthyAfterRunningMs: number;
}

/** AWS's own settings. */
export const DEFAULT_SCHEDULER_SETTINGS: SchedulerSettings = { healthyAfterRunningMs: 40_000 };

/** Everything that a decision about a service may depend on. The order of the tasks does not matter. */
export interface ServiceView {
  readonly service: Service;
  /** Tasks of the service that are not STOPPED. */
  readonly tasks: readonly ServiceTask[];
  /** Tasks of the service that are STOPPED and not counted yet. */
  readonly endedTasks: readonly ServiceTask[];
  /** Alarms of the service's deployment configuration that are raised. */
  readonly raisedAlarms: readonly string[];
  /** Zones that its tasks can be in; empty while it is not to be balanced. */
  readonly zones: readonly string[];
  /** Hosts of its cluster; empty but for DAEMON services. */
  readonly daemonHosts: readonly DaemonHost[];
  /** The hosts of `tasks`, by ARN. */
  readonly hosts: ReadonlyMap<string, ServiceHost>;
  /** The first task of a deployment finds out what the tags of its images stand for. (DEP-11, DEP-26) */
  readonly resolvesImages?: boolean | undefined;
  readonly settings: SchedulerSettings;
  readonly now: Instant;
}
