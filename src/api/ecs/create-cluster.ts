import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { clusterArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { effectiveSetting, settingPrincipalOf } from '../../records/account-settings.ts';
import { DEFAULT_CLUSTER_NAME } from '../../records/clusters.ts';
import { clusters } from '../../records/collections.ts';
import type { ClusterSetting, EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import {
  checkCapacity,
  checkClusterName,
  checkConfiguration,
  checkSettings,
  checkTags,
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
  const { settings = [] } = input;
  checkSettings(settings);
  const arn = clusterArn(installation, clusterName);
  return store.write((tx) => {
    const existing = tx.get(clusters, arn);
    if (existing?.status === 'ACTIVE') return { cluster: clusterShape(tx, existing, ALL_CREATED_FIELDS) };
    checkClusterCount(tx);
    const cluster: Cluster = {
      clusterArn: arn,
      clusterName,
      status: 'ACTIVE',
      createdAt: clock.now(),
      settings: settings.length > 0 ? settings : [insightsOf(tx, context)],
      configuration,
      capacityProviders,
      defaultCapacityProviderStrategy: withStrategyDefaults(defaultCapacityProviderStrategy),
      tags,
    };
    tx.put(clusters, cluster);
    return { cluster: clusterShape(tx, cluster, ALL_CREATED_FIELDS) };
  });
};

/** INACTIVE ones do not count. (QTA-1) */
function checkClusterCount(tx: ReadTx): void {
  const count = tx.all(clusters).filter(({ status }) => status === 'ACTIVE').length;
  if (count >= SERVICE_QUOTAS.clusters) throw ecsErrors.quotaReached(SERVICE_QUOTAS.clusters, 'clusters');
}

/** What a cluster has when its request does not say: what holds for the caller, in the words of a cluster. (CLU-4) */
function insightsOf(tx: ReadTx, { caller, installation }: Context): ClusterSetting {
  const { accountId } = installation;
  const principalArn = settingPrincipalOf(caller);
  const { value } = effectiveSetting(tx, { accountId, principalArn, name: 'containerInsights' });
  const words: Readonly<Record<string, string>> = { on: 'enabled', off: 'disabled' };
  return { name: 'containerInsights', value: words[value] ?? value };
}
