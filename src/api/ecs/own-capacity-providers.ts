import { capacityProviderArn } from '../../domain/arn.ts';
import type { OwnCapacityProvider } from '../../domain/capacity-provider.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { findOwnProvider, hostsOfProvider, ownCapacityProviders } from '../../records/capacity-providers.ts';
import { clusters } from '../../records/collections.ts';
import { daemonRevisions, daemons } from '../../records/daemons.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { findProvider, ownProviderShape } from './capacity-providers.ts';
import { checkTags } from './cluster-rules.ts';
import { ecsErrors } from './errors.ts';
import { readManagedInstances } from './managed-instances-rules.ts';
import { activeCluster } from './service-reference.ts';

/** Providers of a user's own: sets of hosts that join by themselves. Nothing launches hosts. (CAP-4 to CAP-6) */

const NAME = /^(?!aws|ecs|fargate)[A-Za-z0-9_-]{1,255}$/i;
const PER_CLUSTER_MAX_COUNT = 20;

type Create = EcsOperations['CreateCapacityProvider'];
type Update = EcsOperations['UpdateCapacityProvider'];
type Delete = EcsOperations['DeleteCapacityProvider'];

/** Makes a provider of the kind Managed Instances and associates it with its cluster. (CAP-4, CAP-5) */
export const createCapacityProvider: Operation<Create['input'], Create['output']> = (context, input) => {
  const { name, tags = [] } = input;
  if (!NAME.test(name)) throw ecsErrors.capacityProviderName();
  checkTags(tags);
  if (input.managedInstancesProvider === undefined)
    throw ecsErrors.unsupportedFeature('autoScalingGroupProvider');
  const managedInstancesProvider = readManagedInstances(input.managedInstancesProvider);
  const { store, installation } = context;
  return store.write((tx) => {
    const cluster = activeCluster(tx, installation, input.cluster);
    if (tx.get(ownCapacityProviders, name) !== undefined) throw ecsErrors.capacityProviderExists();
    if (tx.count(ownCapacityProviders, 'cluster', cluster.clusterArn) >= PER_CLUSTER_MAX_COUNT)
      throw ecsErrors.limitExceeded(
        `The limit of ${PER_CLUSTER_MAX_COUNT} capacity providers in a cluster is reached.`,
      );
    const row: OwnCapacityProvider = {
      capacityProviderArn: capacityProviderArn(installation, name),
      name,
      clusterArn: cluster.clusterArn,
      managedInstancesProvider,
      tags,
    };
    tx.put(ownCapacityProviders, row);
    tx.put(clusters, { ...cluster, capacityProviders: [...cluster.capacityProviders, name] });
    return { capacityProvider: ownProviderShape(row) };
  });
};

/** Replaces what is kept of a provider. There is nothing that it would act on. (CAP-5) */
export const updateCapacityProvider: Operation<Update['input'], Update['output']> = (context, input) => {
  const { store } = context;
  return store.write((tx) => {
    const row = ownProvider(tx, context, input.name);
    if (input.managedInstancesProvider === undefined)
      throw ecsErrors.unsupportedFeature('autoScalingGroupProvider');
    const { infrastructureRoleArn, instanceLaunchTemplate, ...rest } = input.managedInstancesProvider;
    const kept = row.managedInstancesProvider;
    const managedInstancesProvider = readManagedInstances({
      ...rest,
      infrastructureRoleArn: infrastructureRoleArn || (kept.infrastructureRoleArn ?? ''),
      instanceLaunchTemplate: {
        ...instanceLaunchTemplate,
        ec2InstanceProfileArn:
          instanceLaunchTemplate.ec2InstanceProfileArn ??
          kept.instanceLaunchTemplate?.ec2InstanceProfileArn ??
          '',
        networkConfiguration:
          instanceLaunchTemplate.networkConfiguration ??
          kept.instanceLaunchTemplate?.networkConfiguration ??
          {},
      },
    });
    const after = { ...row, managedInstancesProvider };
    tx.put(ownCapacityProviders, after);
    return { capacityProvider: { ...ownProviderShape(after), updateStatus: 'UPDATE_COMPLETE' } };
  });
};

/** Deletes a provider that no daemon uses and that has no hosts. (CAP-5) */
export const deleteCapacityProvider: Operation<Delete['input'], Delete['output']> = (context, input) => {
  const { store } = context;
  return store.write((tx) => {
    const row = ownProvider(tx, context, input.capacityProvider);
    if (hostsOfProvider(tx, row).length > 0 || isUsedByDaemon(tx, row)) throw ecsErrors.providerInUse();
    tx.delete(ownCapacityProviders, row.name);
    const cluster = tx.get(clusters, row.clusterArn);
    if (cluster !== undefined) tx.put(clusters, without(cluster, row.name));
    return {
      capacityProvider: {
        ...ownProviderShape(row),
        status: 'INACTIVE',
        updateStatus: 'DELETE_COMPLETE',
      },
    };
  });
};

const without = (cluster: Cluster, name: string): Cluster => ({
  ...cluster,
  capacityProviders: cluster.capacityProviders.filter((each) => each !== name),
});

function ownProvider(tx: ReadTx, { installation }: Context, reference: string): OwnCapacityProvider {
  if (findProvider(installation, reference) !== undefined) throw ecsErrors.capacityProviderFixed();
  const row = findOwnProvider(tx, installation, reference);
  if (row === undefined) throw ecsErrors.capacityProviderUnknown();
  return row;
}

/** Also by what a daemon could go back to. */
const isUsedByDaemon = (tx: ReadTx, { clusterArn, name }: OwnCapacityProvider): boolean =>
  tx
    .find(daemons, 'cluster', clusterArn)
    .flatMap(({ targetRevisionArn, lastDeployedRevisionArn = '' }) => [
      targetRevisionArn,
      lastDeployedRevisionArn,
    ])
    .some((arn) => tx.get(daemonRevisions, arn)?.capacityProviderNames.includes(name) === true);
