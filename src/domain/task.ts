import type { Instant } from '../lib/clock.ts';
import type {
  HealthStatus,
  NetworkBinding,
  Tag,
  TaskOverride,
  TaskStopCode,
} from '../shapes/generated/ecs.ts';
import type { HealthCheckResult } from './health-check.ts';
import type { Resources } from './resources.ts';

/** States in the order in which a task passes them; it may skip some and never goes back. */
export const TASK_STATUSES = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
] as const;

/** How far a task has come. It never moves left. */
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** True when `to` lies after `from`: the only direction in which a task moves. */
export const mayMove = (from: TaskStatus, to: TaskStatus): boolean =>
  TASK_STATUSES.indexOf(to) > TASK_STATUSES.indexOf(from);

/** What kind of host a task runs on. */
export type LaunchType = 'EC2' | 'FARGATE' | 'EXTERNAL';

/** What lets commands be run in a container; there exactly when its task was started for it. */
export interface ManagedAgent {
  readonly name: 'ExecuteCommandAgent';
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly reason?: string | undefined;
  readonly lastStartedAt?: Instant | undefined;
}

/** One container of a task, as the agent last reported it. */
export interface TaskContainer {
  readonly containerArn: string;
  readonly name: string;
  readonly image: string;
  readonly imageDigest?: string | undefined;
  readonly runtimeId?: string | undefined;
  readonly essential: boolean;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly networkBindings: readonly NetworkBinding[];
  /** GPUs of the host that are this container's alone; absent means none. */
  readonly gpuIds?: readonly string[] | undefined;
  /** HEALTHY, UNHEALTHY or UNKNOWN; undefined when the container has no health check. */
  readonly healthStatus?: HealthStatus | undefined;
  /** The last results of a health check that does not succeed, oldest first. No client of ECS sees them. (LIF-5) */
  readonly healthChecks?: readonly HealthCheckResult[] | undefined;
  /** As the API shows it: text, `"0"` when absent in the definition. */
  readonly cpu: string;
  readonly memory?: string | undefined;
  readonly memoryReservation?: string | undefined;
  readonly managedAgent?: ManagedAgent | undefined;
}

/** The elastic network interface of an awsvpc task. The control plane chooses its address. */
export interface TaskNetworkInterface {
  /** UUID; the `id` of the task's attachment. */
  readonly attachmentId: string;
  readonly status: 'PRECREATED' | 'ATTACHED' | 'DETACHED' | 'DELETED';
  readonly networkInterfaceId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly securityGroupIds: readonly string[];
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName: string;
  /** e.g. `172.31.0.1/20`, as the agent wants it. */
  readonly gatewayCidr: string;
}

/** One task. Desired state is written by the API and the controllers, observed state by agents' reports. */
export interface Task {
  readonly taskArn: string;
  readonly taskId: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  /** `family:<family>` or `service:<name>` unless the caller chose another. */
  readonly group: string;
  readonly serviceArn?: string | undefined;
  /** Of a daemon's task; and the revision of the daemon that it is of. */
  readonly daemonArn?: string | undefined;
  readonly daemonRevisionArn?: string | undefined;
  /** Of a service's task: `ecs-svc/<digits>`; the same text stands in `startedBy`. */
  readonly deploymentId?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly launchType: LaunchType;
  /** Set when the task was started through a capacity provider; shown beside `launchType`. */
  readonly capacityProviderName?: string | undefined;
  readonly platformVersion?: string | undefined;
  /** The host it is placed on, pool hosts included. Shown to clients only for EC2 and EXTERNAL. */
  readonly instanceArn?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly cpu: string;
  readonly memory: string;
  /** What it holds on its host until it is STOPPED. */
  readonly reserved: Resources;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: TaskStatus;
  readonly containers: readonly TaskContainer[];
  readonly networkInterface?: TaskNetworkInterface | undefined;
  readonly overrides: TaskOverride;
  readonly healthStatus: HealthStatus;
  readonly connectivity?: 'CONNECTED' | 'DISCONNECTED' | undefined;
  readonly connectivityAt?: Instant | undefined;
  readonly createdAt: Instant;
  readonly pullStartedAt?: Instant | undefined;
  readonly pullStoppedAt?: Instant | undefined;
  readonly startedAt?: Instant | undefined;
  readonly stoppingAt?: Instant | undefined;
  readonly executionStoppedAt?: Instant | undefined;
  readonly stoppedAt?: Instant | undefined;
  readonly stopCode?: TaskStopCode | undefined;
  readonly stoppedReason?: string | undefined;
  readonly enableExecuteCommand: boolean;
  /** Fargate only. */
  readonly ephemeralStorageGib?: number | undefined;
  /** Ids under which the agent serves the roles' credentials; the id is the secret part of the container's URL. */
  readonly taskRoleCredentialsId?: string | undefined;
  readonly executionRoleCredentialsId?: string | undefined;
  readonly taskRoleArn?: string | undefined;
  readonly executionRoleArn?: string | undefined;
  /** When its payload was first handed to its agent; until then no host can know of it. Clients do not see it. */
  readonly sentAt?: Instant | undefined;
  /** The number of its payload, when it was drawn as the task was placed: then it can be sent at once. Clients do not see it. */
  readonly payloadNumber?: number | undefined;
  readonly tags: readonly Tag[];
  /**
   * Of a service's or daemon's task: what its scheduler has already counted of it, so that a task becomes healthy and
   * ends once in the counters of its deployment. Written by that scheduler alone; no client sees it.
   */
  readonly countedAs?: 'HEALTHY' | 'STOPPED' | undefined;
  /** Until when it is protected from scale-in and deployments, as its users asked. Passing it ends the protection. */
  readonly protectedUntil?: Instant | undefined;
  /** Grows with each change that a client can see; starts at 1. */
  readonly version: number;
}
