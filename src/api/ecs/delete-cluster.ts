import type { Cluster } from '../../domain/cluster.ts';
import { refuse } from '../../lib/service-error.ts';
import { ownCapacityProviders } from '../../records/capacity-providers.ts';
import { findCluster } from '../../records/clusters.ts';
import { clusters, containerInstances, services } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ALL_CREATED_FIELDS, clusterShape, liveTaskCount } from './cluster-shape.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DeleteCluster'];

/** Makes an empty cluster INACTIVE; it stays describable. Deleting it again answers the same. (CLU-10) */
export const deleteCluster: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, installation } = context;
  return store.write((tx) => {
    const cluster = findCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    if (cluster.status === 'INACTIVE') return { cluster: clusterShape(tx, cluster, ALL_CREATED_FIELDS) };
    checkIsEmpty(tx, cluster.clusterArn);
    const inactive: Cluster = { ...cluster, status: 'INACTIVE', inactiveAt: clock.now() };
    tx.put(clusters, inactive);
    return { cluster: clusterShape(tx, inactive, ALL_CREATED_FIELDS) };
  });
};

function checkIsEmpty(tx: ReadTx, clusterArn: string): void {
  if (tx.count(containerInstances, 'cluster', clusterArn) > 0) throw ecsErrors.clusterContainsInstances();
  const serviceCount =
    tx.count(services, 'cluster', `${clusterArn} ACTIVE`) +
    tx.count(services, 'cluster', `${clusterArn} DRAINING`);
  if (serviceCount > 0) throw ecsErrors.clusterContainsServices();
  if (liveTaskCount(tx, clusterArn) > 0) throw ecsErrors.clusterContainsTasks();
  if (tx.count(ownCapacityProviders, 'cluster', clusterArn) > 0) throw ecsErrors.clusterContainsProviders();
}
