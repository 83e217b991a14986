import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { clusterArnOf, DEFAULT_CLUSTER_NAME } from '../../records/clusters.ts';
import { clusters } from '../../records/collections.ts';
import type { Cluster, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { clusterShape } from './cluster-shape.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DescribeClusters'];

const DESCRIBE_MAX_COUNT = SERVICE_QUOTAS.clustersPerDescribe;

/** Describes clusters in the order of the request, `default` when it names none; INACTIVE ones too. (CLU-5) */
export const describeClusters: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const names =
    input.clusters === undefined || input.clusters.length === 0 ? [DEFAULT_CLUSTER_NAME] : input.clusters;
  if (names.length > DESCRIBE_MAX_COUNT) throw ecsErrors.clustersTooMany();
  const include = new Set(input.include ?? []);
  return store.read((tx) => {
    const found: Cluster[] = [];
    const failures: Failure[] = [];
    for (const name of names) {
      const arn = clusterArnOf(installation, name);
      const cluster = tx.get(clusters, arn);
      if (cluster === undefined) failures.push({ arn, reason: 'MISSING' });
      else found.push(clusterShape(tx, cluster, include));
    }
    return { clusters: found, failures };
  });
};
