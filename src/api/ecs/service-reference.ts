import type { Scope } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Service } from '../../domain/service.ts';
import { findCluster } from '../../records/clusters.ts';
import { services } from '../../records/collections.ts';
import { readServiceReference } from '../../records/services.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';

/** The ACTIVE cluster that a request names, or the error it gets. */
export function activeCluster(tx: ReadTx, scope: Scope, reference: string | undefined): Cluster {
  const cluster = findCluster(tx, scope, reference ?? undefined);
  if (cluster === undefined) throw ecsErrors.clusterNotFound();
  if (cluster.status !== 'ACTIVE') throw ecsErrors.clusterInactive();
  return cluster;
}

/** The ARN that a `service` member means. An ARN of a service of another cluster is an error. (SVC-1) */
export function serviceArnOf(scope: Scope, cluster: Cluster, text: string): string {
  const reference = readServiceReference(scope, cluster.clusterName, text);
  if (reference.kind === 'arn') return reference.serviceArn;
  throw ecsErrors.invalid(
    `Invalid identifier: Identifier is for cluster ${reference.clusterName}. Your cluster is ${cluster.clusterName}`,
  );
}

/** The service that a request names, INACTIVE ones included, or the error it gets. */
export function existingService(
  tx: ReadTx,
  scope: Scope,
  input: { readonly cluster?: string | undefined; readonly service: string },
): { readonly service: Service; readonly cluster: Cluster } {
  const cluster = activeCluster(tx, scope, input.cluster);
  const service = tx.get(services, serviceArnOf(scope, cluster, input.service));
  if (service === undefined) throw ecsErrors.serviceNotFound();
  return { service, cluster };
}
