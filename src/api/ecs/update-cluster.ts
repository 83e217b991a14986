import type { Cluster } from '../../domain/cluster.ts';
import { refuse } from '../../lib/service-error.ts';
import { findActiveCluster } from '../../records/clusters.ts';
import { clusters } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { checkConfiguration, checkSettings } from './cluster-rules.ts';
import { ALL_CREATED_FIELDS, clusterShape } from './cluster-shape.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['UpdateCluster'];

/** Replaces the settings and the configuration that are given, each as a whole; what is not given stays. (CLU-11) */
export const updateCluster: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const { settings = [], configuration } = input;
  if ((input.serviceConnectDefaults?.namespace ?? '') !== '')
    throw ecsErrors.unsupportedMember('serviceConnectDefaults');
  checkSettings(settings);
  checkConfiguration(configuration);
  return store.write((tx) => {
    const before = findActiveCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    const cluster: Cluster = {
      ...before,
      settings: settings.length > 0 ? settings : before.settings,
      configuration: configuration ?? before.configuration,
    };
    tx.put(clusters, cluster);
    return { cluster: clusterShape(tx, cluster, ALL_CREATED_FIELDS) };
  });
};
