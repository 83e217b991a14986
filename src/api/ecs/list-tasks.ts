import { daemonArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Task } from '../../domain/task.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { services, tasks } from '../../records/collections.ts';
import { findDaemon } from '../../records/daemons.ts';
import { findInstance } from '../../records/instances.ts';
import type { EcsOperations, ListTasksRequest } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';
import { activeCluster, serviceArnOf } from './service-reference.ts';

type Shapes = EcsOperations['ListTasks'];

/**
 * Lists the ARNs of a cluster's tasks by desired status and filters. One filter costs a page; with several, tasks of
 * the narrowest are looked through. (TSK-44)
 */
export const listTasks: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const size = pageSize(input.maxResults);
  const after = readPageToken(input.nextToken);
  checkFilters(input);
  return context.store.read((tx) => {
    const cluster = activeCluster(tx, context.installation, input.cluster);
    const filters = readFilters(tx, context, { cluster, input });
    const base = `${cluster.clusterArn} ${input.desiredStatus ?? 'RUNNING'}`;
    const rows = matching(tx, { base, filters, after, limit: size + 1 });
    const page = pageOf(rows, size, ({ taskArn }) => taskArn);
    return { taskArns: page.rows.map(({ taskArn }) => taskArn), nextToken: page.nextToken };
  });
};

/** `startedBy` stands alone; the cluster and the desired status are no filters in this sense. */
function checkFilters(input: ListTasksRequest): void {
  if (!input.startedBy) return;
  const { containerInstance, family, serviceName, daemonName, launchType } = input;
  const others = [containerInstance, family, serviceName, daemonName, launchType];
  if (others.some(Boolean))
    throw ecsErrors.invalid('When startedBy is specified, it must be the only filter.');
}

/** One filter: the index entry that has it, and the test for a row found by another one. */
interface Filter {
  readonly entry: string;
  readonly fits: (task: Task) => boolean;
}

/** The filters of a request, the narrowest first. */
function readFilters(
  tx: ReadTx,
  { installation }: Context,
  { cluster, input }: { readonly cluster: Cluster; readonly input: ListTasksRequest },
): readonly Filter[] {
  const filters: Filter[] = [];
  const { startedBy, containerInstance, serviceName, daemonName, family, launchType } = input;
  if (startedBy)
    filters.push({ entry: `startedBy=${startedBy}`, fits: (task) => task.startedBy === startedBy });
  if (containerInstance) {
    const arn = findInstance(tx, cluster.clusterArn, containerInstance)?.containerInstanceArn;
    if (arn === undefined) throw ecsErrors.instanceNotFound();
    filters.push({ entry: `instance=${arn}`, fits: (task) => task.instanceArn === arn });
  }
  if (serviceName) {
    const arn = serviceArnOf(installation, cluster, serviceName);
    if (tx.get(services, arn) === undefined) throw ecsErrors.serviceNotFound();
    filters.push({ entry: `service=${arn}`, fits: (task) => task.serviceArn === arn });
  }
  if (daemonName) {
    const arn = daemonArn(installation, cluster.clusterName, daemonName);
    if (findDaemon(tx, arn) === undefined) throw ecsErrors.daemonNotFound();
    filters.push({ entry: `daemon=${arn}`, fits: (task) => task.daemonArn === arn });
  }
  if (family) filters.push({ entry: `family=${family}`, fits: (task) => task.family === family });
  if (launchType) {
    filters.push({ entry: `launchType=${launchType}`, fits: (task) => task.launchType === launchType });
  }
  return filters;
}

function matching(
  tx: ReadTx,
  query: {
    readonly base: string;
    readonly filters: readonly Filter[];
    after: string | undefined;
    limit: number;
  },
): readonly Task[] {
  const { base, limit } = query;
  const [first, ...rest] = query.filters;
  const entry = first === undefined ? base : `${base} ${first.entry}`;
  const found: Task[] = [];
  let { after } = query;
  for (;;) {
    const rows = tx.find(tasks, 'listing', entry, { after, limit });
    found.push(...rows.filter((task) => rest.every(({ fits }) => fits(task))));
    after = rows.at(-1)?.taskArn;
    if (found.length >= limit || rows.length < limit) return found.slice(0, limit);
  }
}
