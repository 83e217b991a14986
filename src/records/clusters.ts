import { clusterArn, parseArn, type Scope } from '../domain/arn.ts';
import type { Cluster } from '../domain/cluster.ts';
import type { ReadTx } from '../store/store.ts';
import { clusters } from './collections.ts';

/** The cluster that a request means when it names none. It is not made by itself. */
export const DEFAULT_CLUSTER_NAME = 'default';

/** The cluster segment in the ARNs of FARGATE pool hosts. No cluster row has this name. */
export const POOL_CLUSTER_NAME = 'gantry-fargate-pool';

/**
 * The ARN that a `cluster` member means: a name, an ARN, or nothing for `default`. An ARN of another region or account
 * is answered as it is and finds nothing. (CLU-1)
 */
export function clusterArnOf(scope: Scope, reference: string | undefined): string {
  if (reference === undefined || reference === '') return clusterArn(scope, DEFAULT_CLUSTER_NAME);
  return reference.startsWith('arn:') ? reference : clusterArn(scope, reference);
}

/** The ACTIVE cluster that a `cluster` member means; undefined when there is none. (CLU-1) */
export function findActiveCluster(
  tx: ReadTx,
  scope: Scope,
  reference: string | undefined,
): Cluster | undefined {
  const cluster = findCluster(tx, scope, reference);
  return cluster?.status === 'ACTIVE' ? cluster : undefined;
}

/** The cluster that a `cluster` member means, INACTIVE ones included; undefined when it never was. (CLU-1) */
export function findCluster(tx: ReadTx, scope: Scope, reference: string | undefined): Cluster | undefined {
  return tx.get(clusters, clusterArnOf(scope, reference));
}

/** The name in a cluster's ARN. */
export function clusterNameOf(arn: string): string {
  const resource = parseArn(arn)?.resource ?? arn;
  return resource.slice(resource.indexOf('/') + 1);
}
