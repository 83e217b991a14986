import type { PlacementRefusal } from '../core/placement/placement-view.ts';
import type { NewTaskView } from '../core/task/new-task.ts';
import { newTask } from '../core/task/new-task.ts';
import { assignedGpus, gpuCountOf } from '../core/task/task-gpus.ts';
import type { Scope } from '../domain/arn.ts';
import type { Cluster } from '../domain/cluster.ts';
import type { Subnet } from '../domain/network.ts';
import type { LaunchType, Task, TaskNetworkInterface } from '../domain/task.ts';
import type { TaskDefinition } from '../domain/task-definition.ts';
import type { Instant } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type {
  AwsVpcConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  Tag,
  TaskOverride,
} from '../shapes/generated/ecs.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { containerInstances, subnets, tasks } from './collections.ts';
import { ownerOf, placeRequest, takerTest, zoneOf } from './launch-hosts.ts';
import { findDefaultSecurityGroup, makeNetworkInterface } from './network.ts';
import { withPayloadNumber } from './payload-number.ts';
import { createTask } from './tasks.ts';

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
  /** `FARGATE` or `FARGATE_SPOT`, when the task comes from a capacity provider strategy; a daemon's provider. */
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
  /** Of a daemon's task: it does not wait for other daemons. */
  readonly daemon?: { readonly daemonArn: string; readonly revisionArn: string } | undefined;
  /** The one host that the caller has chosen; constraints and strategies do not count then. */
  readonly hostArn?: string | undefined;
  /** The only zone that will do; any when absent. */
  readonly zone?: string | undefined;
  /** Besides those of the definition; never with FARGATE. */
  readonly placementConstraints?: readonly PlacementConstraint[] | undefined;
  /** None means AWS's default; never with FARGATE. */
  readonly placementStrategy?: readonly PlacementStrategy[] | undefined;
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
  /**
   * Why: one entry for each host that was looked at; empty when there was none, or when all were placed. Of the FARGATE
   * pool, whose hosts nobody is shown, the closest.
   */
  readonly refusals: readonly PlacementRefusal[];
}

/**
 * Places and writes up to `request.count` tasks in the caller's transaction. Never throws for lack of room. Reads the
 * hosts once, so one call for many tasks is far cheaper than many calls.
 */
export function launchTasks(deps: LaunchDeps, request: LaunchRequest): LaunchOutcome {
  if (request.count <= 0) return { tasks: [], unplacedCount: 0, refusals: [] };
  const refusalsWanted = request.capacity.launchType === 'FARGATE' ? 'closest' : undefined;
  const { placements, refusals } = placeRequest(deps, { ...request, refusalsWanted });
  const hostArns = placements.flatMap((placed) => (placed.kind === 'placed' ? [placed.hostId] : []));
  const outcome = launchOnHosts(deps, request, hostArns);
  return { ...outcome, refusals: [...refusals, ...outcome.refusals] };
}

/**
 * The same for hosts that were found before, which may have changed since: one task on each in turn, where it can still
 * take one. `unplacedCount` is how many of `request.count` did not come about.
 */
export function launchOnFound(
  deps: LaunchDeps,
  request: LaunchRequest,
  hostArns: readonly string[],
): LaunchOutcome {
  const isTaker = takerTest(deps.tx, request);
  const outcomes = hostArns.map((hostArn) =>
    isTaker(hostArn) ? launchOnHosts(deps, request, [hostArn]) : undefined,
  );
  const launched = outcomes.flatMap((outcome) => outcome?.tasks ?? []);
  return {
    tasks: launched,
    unplacedCount: request.count - launched.length,
    refusals: outcomes.flatMap((outcome) => outcome?.refusals ?? []),
  };
}

function launchOnHosts(deps: LaunchDeps, request: LaunchRequest, hostArns: readonly string[]): LaunchOutcome {
  const subnetRows = (request.network?.subnets ?? [])
    .flatMap((id) => deps.tx.get(subnets, id) ?? [])
    .filter(({ availabilityZone }) => request.zone === undefined || availabilityZone === request.zone);
  const launched: Task[] = [];
  const refusals: PlacementRefusal[] = [];
  for (const hostId of hostArns) {
    const task = launchOn(deps, request, { hostId, subnets: subnetRows });
    if (task === undefined) refusals.push({ hostId, reason: 'RESOURCE:ENI' });
    else launched.push(task);
  }
  return { tasks: launched, unplacedCount: request.count - launched.length, refusals };
}

/** Writes one task on its host; undefined when no address is left for it. */
function launchOn(
  deps: LaunchDeps,
  request: LaunchRequest,
  place: { readonly hostId: string; readonly subnets: readonly Subnet[] },
): Task | undefined {
  const { tx, ids, now, scope } = deps;
  const host = tx.get(containerInstances, place.hostId);
  const zone = request.capacity.launchType === 'FARGATE' ? undefined : zoneOf(host);
  const networkInterface =
    request.network === undefined
      ? undefined
      : attachInterface(deps, request, { subnets: place.subnets, zone });
  if (request.network !== undefined && networkInterface === undefined) return undefined;
  const { capacity, count: _, network: __, ...rest } = request;
  const view: NewTaskView = {
    ...rest,
    ...capacity,
    scope,
    now,
    names: {
      taskId: ids.hex(32),
      containerUuids: (request.definition.document.containerDefinitions ?? []).map(() => ids.uuid()),
      taskRoleCredentialsId: ids.uuid(),
      executionRoleCredentialsId: ids.uuid(),
    },
    instanceArn: place.hostId,
    gpuIds: assignedGpus(gpuCountOf(request.definition.document, request.overrides), host),
    availabilityZone: networkInterface?.availabilityZone ?? zone,
    networkInterface,
  };
  return createTask(tx, withPayloadNumber(tx, newTask(view), now));
}

/**
 * An interface in one of the subnets of the host's zone. A host of the FARGATE pool serves every zone: there the tasks
 * of a service or group are kept even over the zones of the subnets. (PLC-7)
 */
function attachInterface(
  { tx, ids, scope }: LaunchDeps,
  request: LaunchRequest,
  place: { readonly subnets: readonly Subnet[]; readonly zone: string | undefined },
): TaskNetworkInterface | undefined {
  const owner = ownerOf(request);
  const ranked = place.subnets
    .filter((subnet) => place.zone === undefined || subnet.availabilityZone === place.zone)
    .map((subnet) => ({
      subnet,
      inZone: tx.count(tasks, 'spread', `${owner} ${subnet.availabilityZone}`),
      inSubnet: tx.count(tasks, 'address', subnet.subnetId),
    }))
    .sort((one, other) => one.inZone - other.inZone || one.inSubnet - other.inSubnet);
  for (const { subnet } of ranked) {
    const wanted = { subnet, securityGroupIds: groupsFor(tx, request, subnet), region: scope.region, ids };
    const made = makeNetworkInterface(tx, wanted);
    if (made !== undefined) return made;
  }
  return undefined;
}

function groupsFor(tx: ReadTx, request: LaunchRequest, subnet: Subnet): readonly string[] {
  const given = request.network?.securityGroups ?? [];
  if (given.length > 0) return given;
  const fallback = findDefaultSecurityGroup(tx, subnet.vpcId);
  return fallback === undefined ? [] : [fallback.groupId];
}
