import type { PlacementRefusal } from '../core/placement/placement-view.ts';
import type { Scope } from '../domain/arn.ts';
import type { Cluster } from '../domain/cluster.ts';
import type { LaunchType, Task } from '../domain/task.ts';
import type { TaskDefinition } from '../domain/task-definition.ts';
import type { Instant } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { AwsVpcConfiguration, Tag, TaskOverride } from '../shapes/generated/ecs.ts';
import type { WriteTx } from '../store/store.ts';

/** What a launch needs besides its request. */
export interface LaunchDeps {
  readonly tx: WriteTx;
  readonly ids: Ids;
  readonly now: Instant;
  /** Account and region, for the ARNs. */
  readonly scope: Scope;
}

/** Where the tasks run. A provider's name is shown instead of the launch type. */
export interface LaunchCapacity {
  readonly launchType: LaunchType;
  /** `FARGATE` or `FARGATE_SPOT`, when the task comes from a capacity provider strategy. */
  readonly capacityProviderName?: string | undefined;
}

/** Tasks to start, all alike. Everything in it has been validated. */
export interface LaunchRequest {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  /** At least 0. */
  readonly count: number;
  readonly capacity: LaunchCapacity;
  /** Of FARGATE tasks; absent and `LATEST` mean the newest. */
  readonly platformVersion?: string | undefined;
  /** Present exactly when the definition's network mode is awsvpc. */
  readonly network?: AwsVpcConfiguration | undefined;
  /** `family:<family>`, `service:<name>` or the caller's own. */
  readonly group: string;
  readonly startedBy?: string | undefined;
  /** Of a service's task: placement spreads over the service then, else over the group. */
  readonly service?: { readonly serviceArn: string; readonly deploymentId: string } | undefined;
  readonly overrides?: TaskOverride | undefined;
  /** All tags of the task, the propagated and the managed ones included (see `core/task/task-tags.ts`). */
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
}

/** What came of a launch. */
export interface LaunchOutcome {
  /** The new rows: PROVISIONING with a network interface, else PENDING. */
  readonly tasks: readonly Task[];
  /** How many of `count` found no host. */
  readonly unplacedCount: number;
  /** Why: one entry for each host that was looked at; empty when there was none, or when all were placed. */
  readonly refusals: readonly PlacementRefusal[];
}

/**
 * Places and writes up to `request.count` tasks in the caller's transaction. Never throws for lack of room. Reads the
 * hosts once, so one call for many tasks is far cheaper than many calls.
 */
export function launchTasks(_deps: LaunchDeps, request: LaunchRequest): LaunchOutcome {
  return { tasks: [], unplacedCount: request.count, refusals: [] };
}
