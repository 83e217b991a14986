import { createCluster } from './create-cluster.ts';
import { deleteCluster } from './delete-cluster.ts';
import { describeClusters } from './describe-clusters.ts';
import { listClusters } from './list-clusters.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { updateCluster } from './update-cluster.ts';
import { updateClusterSettings } from './update-cluster-settings.ts';

/** The operations of the cluster family. */
export const clusterOperations: EcsOperationRecord = {
  CreateCluster: createCluster,
  DescribeClusters: describeClusters,
  ListClusters: listClusters,
  DeleteCluster: deleteCluster,
  UpdateCluster: updateCluster,
  UpdateClusterSettings: updateClusterSettings,
};
