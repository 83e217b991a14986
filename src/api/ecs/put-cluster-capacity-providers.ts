import type { Cluster } from '../../domain/cluster.ts';
import { ownCapacityProviders } from '../../records/capacity-providers.ts';
import { clusters, services, tasks } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { checkCapacity, withStrategyDefaults } from './cluster-rules.ts';
import { clusterShape } from './cluster-shape.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';

type Shapes = EcsOperations['PutClusterCapacityProviders'];

/**
 * Replaces a cluster's providers and its default strategy. What services and tasks use stays, and so do the cluster's
 * own providers, which only their deletion takes away. (CAP-3, CAP-5)
 */
export const putClusterCapacityProviders: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const { defaultCapacityProviderStrategy: strategy } = input;
  return store.write((tx) => {
    const before = activeCluster(tx, installation, input.cluster);
    const own = tx.find(ownCapacityProviders, 'cluster', before.clusterArn).map(({ name }) => name);
    const others = [...new Set(input.capacityProviders)].filter((name) => !own.includes(name));
    for (const { capacityProvider } of strategy) {
      if (own.includes(capacityProvider)) throw ecsErrors.unsupportedStrategy(capacityProvider);
    }
    checkCapacity(others, strategy);
    const capacityProviders = [...others, ...own];
    const removed = before.capacityProviders.filter((name) => !capacityProviders.includes(name));
    if (removed.length > 0 && isUsed(tx, before, removed)) throw ecsErrors.providerInUse();
    const after: Cluster = {
      ...before,
      capacityProviders,
      defaultCapacityProviderStrategy: withStrategyDefaults(strategy),
    };
    tx.put(clusters, after);
    return {
      cluster: clusterShape(tx, after, new Set(['SETTINGS', 'CONFIGURATIONS', 'TAGS', 'ATTACHMENTS'])),
    };
  });
};

/** A service that is DRAINING uses its providers still, and so do its tasks until they have stopped. */
function isUsed(tx: ReadTx, { clusterArn }: Cluster, names: readonly string[]): boolean {
  const ofServices = ['ACTIVE', 'DRAINING'].flatMap((status) =>
    tx
      .find(services, 'cluster', `${clusterArn} ${status}`)
      .flatMap(({ deployments }) => deployments)
      .flatMap(({ spec }) => spec.capacityProviderStrategy ?? [])
      .map(({ capacityProvider }) => capacityProvider),
  );
  const ofTasks = ['RUNNING', 'STOPPED'].flatMap((status) =>
    tx
      .find(tasks, 'listing', `${clusterArn} ${status}`)
      .flatMap(({ lastStatus, capacityProviderName = '' }) =>
        lastStatus === 'STOPPED' ? [] : [capacityProviderName],
      ),
  );
  return [...ofServices, ...ofTasks].some((name) => names.includes(name));
}
