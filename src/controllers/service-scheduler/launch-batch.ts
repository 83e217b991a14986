import { splitByStrategy } from '../../core/task/provider-split.ts';
import type { Deployment } from '../../domain/service.ts';
import { tasks } from '../../records/collections.ts';
import { placeRequest } from '../../records/launch-hosts.ts';
import {
  type LaunchCapacity,
  type LaunchOutcome,
  type LaunchRequest,
  launchOnFound,
  launchTasks,
} from '../../records/launch-task.ts';
import type { ReadTx } from '../../store/store.ts';
import type { ApplyDeps } from './change-deployment.ts';
import type { RequestWithoutCapacity } from './service-request.ts';
import type { Search } from './waiting-for-room.ts';

/** One look starts at most so many tasks of a deployment, as RunTask does. (SVC-24) */
const BATCH_MAX_COUNT = 10;

/** What came of a batch. */
export interface BatchOutcome extends LaunchOutcome {
  /** The next look starts more of the tasks: whether all of them find room is not known yet. */
  readonly isMoreToCome: boolean;
}

/** Tasks of a deployment to start, wherever there is room. */
interface Batch {
  readonly request: RequestWithoutCapacity;
  readonly search: Search;
  readonly count: number;
}

/** Starts tasks where its deployment's launch type or strategy has them. */
export function launchBatch(deps: ApplyDeps, { request, search, count }: Batch): BatchOutcome {
  const { capacityProviderStrategy, launchType = 'EC2' } = request.deployment.spec;
  if (capacityProviderStrategy === undefined && launchType !== 'FARGATE' && request.zone === undefined)
    return launchOnCluster(deps, { request, search, count });
  const batchCount = Math.min(count, BATCH_MAX_COUNT);
  const { deployment, ...rest } = request;
  const outcomes = capacitiesOf(deps.tx, request, batchCount).map(({ capacity, count: share }) =>
    launchTasks({ ...deps, scope: deps.installation }, { ...rest, capacity, count: share }),
  );
  return joined(outcomes, count - batchCount);
}

/** One task on each of the hosts, or the reason why not. (DMN-2) */
export function launchOnEach(
  deps: ApplyDeps,
  { deployment, ...request }: RequestWithoutCapacity,
  hostArns: readonly string[],
): BatchOutcome {
  const capacity = plainCapacity(deployment);
  const outcomes = hostArns
    .slice(0, BATCH_MAX_COUNT)
    .map((hostArn) =>
      launchTasks({ ...deps, scope: deps.installation }, { ...request, capacity, hostArn, count: 1 }),
    );
  return joined(outcomes, hostArns.length - BATCH_MAX_COUNT);
}

/** Finds hosts for all of the tasks, or goes on with what the look before has found. */
function launchOnCluster(deps: ApplyDeps, { request, search, count }: Batch): BatchOutcome {
  const { deployment, ...rest } = request;
  const launch = { ...rest, capacity: plainCapacity(deployment), count };
  const known = deps.found.take(search);
  if (known.length > 0) {
    const outcome = launchOnKnown(deps, { launch, search }, known);
    // Who was found before says nothing of the other hosts.
    if (outcome.tasks.length > 0) return { ...outcome, isMoreToCome: outcome.unplacedCount > 0 };
  }
  const wanted = { ...launch, refusalsWanted: 'closest' } as const;
  const { placements, refusals } = placeRequest({ ...deps, scope: deps.installation }, wanted);
  const hostArns = placements.flatMap((placed) => (placed.kind === 'placed' ? [placed.hostId] : []));
  const outcome = launchOnKnown(deps, { launch, search }, hostArns);
  return { ...outcome, refusals: [...refusals, ...outcome.refusals] };
}

function launchOnKnown(
  deps: ApplyDeps,
  { launch, search }: { readonly launch: LaunchRequest; readonly search: Search },
  hostArns: readonly string[],
): BatchOutcome {
  const batch = hostArns.slice(0, Math.min(launch.count, BATCH_MAX_COUNT));
  const later = hostArns.slice(batch.length);
  deps.found.keep(search, later);
  const outcome = launchOnFound({ ...deps, scope: deps.installation }, launch, batch);
  return { ...outcome, isMoreToCome: later.length > 0 };
}

/** Where the tasks of a deployment without a strategy run. */
const plainCapacity = ({ spec }: Deployment): LaunchCapacity => ({ launchType: spec.launchType ?? 'EC2' });

function joined(outcomes: readonly LaunchOutcome[], laterCount: number): BatchOutcome {
  const unplacedCount = outcomes.reduce((sum, outcome) => sum + outcome.unplacedCount, 0);
  return {
    tasks: outcomes.flatMap((outcome) => outcome.tasks),
    unplacedCount,
    refusals: outcomes.flatMap((outcome) => outcome.refusals),
    isMoreToCome: laterCount > 0 && unplacedCount === 0,
  };
}

interface Share {
  readonly capacity: LaunchCapacity;
  readonly count: number;
}

function capacitiesOf(
  tx: ReadTx,
  { deployment, service }: RequestWithoutCapacity,
  count: number,
): readonly Share[] {
  const { capacityProviderStrategy: strategy } = deployment.spec;
  if (strategy === undefined) return [{ capacity: plainCapacity(deployment), count }];
  const existing = new Map<string, number>();
  for (const { capacityProviderName: name = '' } of tx.find(tasks, 'service', service?.serviceArn ?? '')) {
    existing.set(name, (existing.get(name) ?? 0) + 1);
  }
  const shares = new Map<string, number>();
  for (const name of splitByStrategy(strategy, count, existing))
    shares.set(name, (shares.get(name) ?? 0) + 1);
  return [...shares].map(([capacityProviderName, share]) => ({
    capacity: { launchType: 'FARGATE', capacityProviderName },
    count: share,
  }));
}
