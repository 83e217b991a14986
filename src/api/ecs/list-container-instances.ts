import type { ContainerInstance } from '../../domain/container-instance.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { refuse } from '../../lib/service-error.ts';
import { containerInstances } from '../../records/collections.ts';
import { findHostCluster, poolClusterArn } from '../../records/instances.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListContainerInstances'];

/** Lists ARNs of a cluster's instances: those of one status, else ACTIVE and DRAINING ones. (INS-8) */
export const listContainerInstances: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, installation } = context;
  const size = pageSize(input.maxResults);
  const range = { after: readPageToken(input.nextToken), limit: size + 1 };
  if ((input.filter ?? '') !== '') throw ecsErrors.unsupportedMember('filter');
  const rows = store.read((tx): readonly ContainerInstance[] => {
    const owner = findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    if (owner === poolClusterArn(installation)) return tx.find(containerInstances, 'pool', 'FARGATE', range);
    const wanted = input.status === undefined ? owner : `${owner} ${input.status}`;
    return tx.find(containerInstances, 'cluster', wanted, range);
  });
  const page = pageOf(rows, size, (instance) => instance.containerInstanceArn);
  return {
    containerInstanceArns: page.rows.map((instance) => instance.containerInstanceArn),
    nextToken: page.nextToken,
  };
};
