import { clusterArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { DEFAULT_CLUSTER_NAME } from '../../records/clusters.ts';
import { clusters } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import {
  checkCapacity,
  checkClusterName,
  checkConfiguration,
  checkTags,
  readSettings,
  withStrategyDefaults,
} from './cluster-rules.ts';
import { ALL_CREATED_FIELDS, clusterShape } from './cluster-shape.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['CreateCluster'];

/** Makes a cluster. An ACTIVE one of that name is answered as it is; an INACTIVE one becomes ACTIVE anew. (CLU-3) */
export const createCluster: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, installation } = context;
  const clusterName = input.clusterName || DEFAULT_CLUSTER_NAME;
  const { tags = [], configuration, capacityProviders = [], defaultCapacityProviderStrategy = [] } = input;
  checkClusterName(clusterName);
  checkTags(tags);
  checkConfiguration(configuration);
  checkCapacity(capacityProviders, defaultCapacityProviderStrategy);
  if ((input.serviceConnectDefaults?.namespace ?? '') !== '')
    throw ecsErrors.unsupportedMember('serviceConnectDefaults');
  const settings = readSettings(input.settings ?? []);
  const arn = clusterArn(installation, clusterName);
  return store.write((tx) => {
    const existing = tx.get(clusters, arn);
    if (existing?.status === 'ACTIVE') return { cluster: clusterShape(tx, existing, ALL_CREATED_FIELDS) };
    const cluster: Cluster = {
      clusterArn: arn,
      clusterName,
      status: 'ACTIVE',
      createdAt: clock.now(),
      settings,
      configuration,
      capacityProviders,
      defaultCapacityProviderStrategy: withStrategyDefaults(defaultCapacityProviderStrategy),
      tags,
    };
    tx.put(clusters, cluster);
    return { cluster: clusterShape(tx, cluster, ALL_CREATED_FIELDS) };
  });
};
