import { hostLack } from '../../core/explain/host-lack.ts';
import { closestRefusal } from '../../core/placement/closest-refusal.ts';
import type { PlacementRefusal } from '../../core/placement/placement-view.ts';
import { normalStrategies } from '../../core/placement/request-rules.ts';
import { splitByStrategy } from '../../core/task/provider-split.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskDefinition } from '../../domain/task-definition.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { rememberToken, tokenUse } from '../../records/idempotency.ts';
import type { LaunchCapacity, LaunchRequest } from '../../records/launch-task.ts';
import { launchTasks } from '../../records/launch-task.ts';
import type { EcsOperations, Failure, RunTaskRequest } from '../../shapes/generated/ecs.ts';
import type { ReadTx, WriteTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import type { WantedCapacity } from './launch-rules.ts';
import {
  checkPlacement,
  checkPlatformVersion,
  launchTypeOf,
  readActiveDefinition,
  readCapacity,
} from './launch-rules.ts';
import { checkRunTaskMembers } from './run-task-rules.ts';
import { activeCluster } from './service-reference.ts';
import { failuresOfHosts, readTaskRequest } from './task-request.ts';
import { taskShape } from './task-shape.ts';

type Shapes = EcsOperations['RunTask'];

const NO_CAPACITY =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone';

/** Starts tasks: writes their rows on hosts that have room, and answers which there were none for. (TSK-7) */
export const runTask: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  checkRunTaskMembers(input);
  return context.store.write((tx) => {
    const cluster = activeCluster(tx, context.installation, input.cluster);
    const scope = { operation: 'RunTask', clusterArn: cluster.clusterArn, token: input.clientToken ?? '' };
    const now = context.clock.now();
    if (scope.token !== '') {
      const use = tokenUse(tx, scope, { input, now });
      if (use.kind === 'repeat') return repeated(tx, use.resourceArns);
      if (use.kind === 'conflict') throw ecsErrors.tokenConflict(use.resourceArns);
    }
    const outcome = launch(tx, context, { cluster, input });
    // A request that started nothing may be tried again with its token.
    if (scope.token !== '' && outcome.tasks.length > 0) {
      rememberToken(tx, scope, { input, now, resourceArns: outcome.tasks.map(({ taskArn }) => taskArn) });
    }
    return { tasks: outcome.tasks.map((task) => taskShape(tx, task, true)), failures: outcome.failures };
  });
};

/** The tasks of the first request as they are now; those that are forgotten by now are left out. */
function repeated(tx: ReadTx, taskArns: readonly string[]): Shapes['output'] {
  const rows = taskArns.flatMap((arn) => tx.get(tasks, arn) ?? []);
  return { tasks: rows.map((task) => taskShape(tx, task, true)), failures: [] };
}

interface Launch {
  readonly cluster: Cluster;
  readonly input: RunTaskRequest;
}

interface Launched {
  readonly tasks: readonly Task[];
  readonly failures: readonly Failure[];
}

function launch(tx: WriteTx, context: Context, { cluster, input }: Launch): Launched {
  const { installation, ids, clock } = context;
  const definition = readActiveDefinition(tx, installation, input.taskDefinition);
  const wanted = readCapacity(cluster, input);
  const request = readRequest(tx, context, { cluster, input, definition, wanted });
  const launched: Task[] = [];
  const failures: Failure[] = [];
  for (const [capacity, count] of capacitiesOf(wanted, input.count ?? 1)) {
    const deps = { tx, ids, now: clock.now(), scope: installation };
    const outcome = launchTasks(deps, { ...request, capacity, count });
    launched.push(...outcome.tasks);
    failures.push(...failuresOf(capacity, outcome));
  }
  return { tasks: launched, failures };
}

/** Checks the request against what there is and says what each of its tasks is like. */
function readRequest(
  tx: ReadTx,
  { installation }: Context,
  { cluster, input, definition, wanted }: Launch & { definition: TaskDefinition; wanted: WantedCapacity },
): Omit<LaunchRequest, 'capacity' | 'count'> {
  const launchType = launchTypeOf(wanted);
  checkPlatformVersion(input.platformVersion, launchType);
  checkPlacement(input, definition, launchType);
  const request = readTaskRequest(tx, installation, { input, cluster, definition, launchType });
  checkHosts(tx, cluster, launchType);
  return {
    ...request,
    platformVersion: input.platformVersion,
    placementConstraints: input.placementConstraints,
    placementStrategy: normalStrategies(input.placementStrategy ?? []),
  };
}

/** A cluster without any instance is the caller's mistake; one without room is not. */
function checkHosts(tx: ReadTx, cluster: Cluster, launchType: string): void {
  if (launchType === 'FARGATE') return;
  if (tx.count(containerInstances, 'cluster', `${cluster.clusterArn} ACTIVE`) === 0) {
    throw ecsErrors.noContainerInstances();
  }
}

function capacitiesOf(wanted: WantedCapacity, count: number): readonly (readonly [LaunchCapacity, number])[] {
  if (wanted.kind === 'launch-type') return [[{ launchType: wanted.launchType }, count]];
  const counts = new Map<string, number>();
  for (const name of splitByStrategy(wanted.strategy, count)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([capacityProviderName, share]) => [
    { launchType: 'FARGATE', capacityProviderName },
    share,
  ]);
}

/** FARGATE tells of each task that found no room; instances each tell why they had none. (TSK-45) */
function failuresOf(
  { launchType }: LaunchCapacity,
  outcome: { readonly unplacedCount: number; readonly refusals: readonly PlacementRefusal[] },
): readonly Failure[] {
  if (outcome.unplacedCount === 0) return [];
  if (launchType === 'FARGATE') {
    const isOutOfAddresses = outcome.refusals.some(({ reason }) => reason === 'RESOURCE:ENI');
    const reason = isOutOfAddresses ? 'RESOURCE:ENI' : NO_CAPACITY;
    const closest = closestRefusal(outcome.refusals);
    const detail = closest?.reason === 'ATTRIBUTE' ? `The host: ${hostLack(closest).lack}.` : undefined;
    return Array.from({ length: outcome.unplacedCount }, () =>
      detail === undefined ? { reason } : { reason, detail },
    );
  }
  return failuresOfHosts(outcome.refusals);
}
