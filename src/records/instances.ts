import { clusterArn, parseArn, type Scope } from '../domain/arn.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import { TASK_STATUSES, type Task } from '../domain/task.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { clusterArnOf, findActiveCluster, POOL_CLUSTER_NAME } from './clusters.ts';
import { containerInstances, tasks } from './collections.ts';

/** The ARN that stands for the FARGATE pool where a cluster's would. */
export const poolClusterArn = (scope: Scope): string => clusterArn(scope, POOL_CLUSTER_NAME);

/**
 * The ARN of the ACTIVE cluster that a `cluster` member means, for operations on hosts; undefined when there is none.
 * Naming the pool itself is allowed here, so that an operator can look at its hosts. (INS-6)
 */
export function findHostCluster(tx: ReadTx, scope: Scope, reference: string | undefined): string | undefined {
  const pool = poolClusterArn(scope);
  if (reference !== undefined && clusterArnOf(scope, reference) === pool) return pool;
  return findActiveCluster(tx, scope, reference)?.clusterArn;
}

/** The ARN that an instance's id or ARN means in a cluster. It need not exist. */
export function instanceArnOf(owner: string, reference: string): string {
  if (reference.startsWith('arn:')) return reference;
  const { region = '', accountId = '', resource = '' } = parseArn(owner) ?? {};
  return `arn:aws:ecs:${region}:${accountId}:container-instance/${resource.slice('cluster/'.length)}/${reference}`;
}

/** An instance of the cluster, by id or ARN, INACTIVE ones included; undefined when the cluster has none of that name. */
export function findInstance(tx: ReadTx, owner: string, reference: string): ContainerInstance | undefined {
  const instance = tx.get(containerInstances, instanceArnOf(owner, reference));
  return instance?.clusterArn === owner ? instance : undefined;
}

/** The hosts that the tasks are placed on, by ARN; those that are gone are left out. */
export function hostsOf(tx: ReadTx, placed: readonly Task[]): ReadonlyMap<string, ContainerInstance> {
  const hosts = new Map<string, ContainerInstance>();
  for (const { instanceArn } of placed) {
    if (instanceArn === undefined || hosts.has(instanceArn)) continue;
    const host = tx.get(containerInstances, instanceArn);
    if (host !== undefined) hosts.set(instanceArn, host);
  }
  return hosts;
}

/**
 * Draws the next number of an instance's counter of messages and answers its row; undefined for one that is gone.
 * Clients do not see the counter, so the row keeps its version. (ASN-5)
 */
export function drawMessageNumber(tx: WriteTx, instanceArn: string): ContainerInstance | undefined {
  const instance = tx.get(containerInstances, instanceArn);
  if (instance === undefined || instance.status === 'INACTIVE') return undefined;
  const next = { ...instance, lastSequenceNumber: instance.lastSequenceNumber + 1 };
  tx.put(containerInstances, next);
  return next;
}

/** How many tasks a host runs, and how many are on their way there. (INS-7) */
export function taskCountsOf(tx: ReadTx, instanceArn: string): { running: number; pending: number } {
  const rows = tx.find(tasks, 'instance', instanceArn);
  const running = rows.filter((task) => task.lastStatus === 'RUNNING').length;
  return { running, pending: rows.filter(isPending).length };
}

const isPending = ({ lastStatus }: Task): boolean =>
  TASK_STATUSES.indexOf(lastStatus) < TASK_STATUSES.indexOf('RUNNING');
