import type { Cluster } from '../../domain/cluster.ts';
import { TASK_STATUSES, type TaskStatus } from '../../domain/task.ts';
import { containerInstances, services, tasks } from '../../records/collections.ts';
import type { ClusterField, Cluster as ClusterShape, KeyValuePair } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';

/** Statuses that a client sees counted as pending: not running yet, and on the way there. (CLU-6) */
const PENDING: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
const RUNNING: readonly TaskStatus[] = ['RUNNING'];

/** Everything that CreateCluster answers. */
export const ALL_CREATED_FIELDS: ReadonlySet<ClusterField> = new Set(['SETTINGS', 'CONFIGURATIONS', 'TAGS']);

/** A cluster as the API answers it. What is not in `include` is an empty list, or absent. (CLU-5) */
export function clusterShape(tx: ReadTx, cluster: Cluster, include: ReadonlySet<ClusterField>): ClusterShape {
  const { clusterArn } = cluster;
  return {
    clusterArn,
    clusterName: cluster.clusterName,
    status: cluster.status,
    registeredContainerInstancesCount: tx.count(containerInstances, 'cluster', clusterArn),
    runningTasksCount: countTasks(tx, clusterArn, RUNNING),
    pendingTasksCount: countTasks(tx, clusterArn, PENDING),
    activeServicesCount: tx.count(services, 'cluster', `${clusterArn} ACTIVE`),
    statistics: include.has('STATISTICS') ? statisticsOf(tx, clusterArn) : [],
    tags: include.has('TAGS') ? cluster.tags : [],
    settings: include.has('SETTINGS') ? cluster.settings : [],
    ...(include.has('CONFIGURATIONS') ? { configuration: cluster.configuration } : {}),
    ...(include.has('ATTACHMENTS') ? { attachments: [] } : {}),
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
  };
}

/** How many tasks of the cluster are not STOPPED. */
export const liveTaskCount = (tx: ReadTx, clusterArn: string): number =>
  countTasks(
    tx,
    clusterArn,
    TASK_STATUSES.filter((status) => status !== 'STOPPED'),
  );

const countTasks = (tx: ReadTx, clusterArn: string, statuses: readonly TaskStatus[]): number =>
  statuses.reduce((total, status) => total + tx.count(tasks, 'live', `${clusterArn} ${status}`), 0);

/** Counts by where things run, as texts. Reads the rows, unlike the counts above: only on request. (CLU-6) */
function statisticsOf(tx: ReadTx, clusterArn: string): readonly KeyValuePair[] {
  const counts = new Map<string, number>(STATISTICS.map((name) => [name, 0]));
  const add = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [word, statuses] of [
    ['running', RUNNING],
    ['pending', PENDING],
  ] as const) {
    for (const status of statuses) {
      for (const task of tx.find(tasks, 'live', `${clusterArn} ${status}`))
        add(`${word}${KINDS[task.launchType]}TasksCount`);
    }
  }
  for (const [word, status] of [
    ['active', 'ACTIVE'],
    ['draining', 'DRAINING'],
  ] as const) {
    for (const service of tx.find(services, 'cluster', `${clusterArn} ${status}`)) {
      const { launchType, capacityProviderStrategy = [] } = service.spec;
      // Every provider there is belongs to FARGATE; a service without either runs on instances.
      const kind = launchType ?? (capacityProviderStrategy.length > 0 ? 'FARGATE' : 'EC2');
      add(`${word}${KINDS[kind]}ServiceCount`);
    }
  }
  return [...counts].map(([name, count]) => ({ name, value: String(count) }));
}

const KINDS = { EC2: 'EC2', FARGATE: 'Fargate', EXTERNAL: 'External' } as const;

const STATISTICS: readonly string[] = [
  'runningEC2TasksCount',
  'runningFargateTasksCount',
  'runningExternalTasksCount',
  'pendingEC2TasksCount',
  'pendingFargateTasksCount',
  'pendingExternalTasksCount',
  'activeEC2ServiceCount',
  'activeFargateServiceCount',
  'activeExternalServiceCount',
  'drainingEC2ServiceCount',
  'drainingFargateServiceCount',
  'drainingExternalServiceCount',
];
