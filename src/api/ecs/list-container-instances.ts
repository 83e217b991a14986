import { compileExpression, type HostPredicate } from '../../core/query/evaluate-expression.ts';
import { parseExpression } from '../../core/query/parse-expression.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { refuse } from '../../lib/service-error.ts';
import { containerInstances } from '../../records/collections.ts';
import { findHostCluster, poolClusterArn } from '../../records/instances.ts';
import { queryHostOf } from '../../records/query-hosts.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Range, ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListContainerInstances'];

/** Lists ARNs of a cluster's instances: those of one status, else ACTIVE and DRAINING ones, that meet `filter`. (INS-8) */
export const listContainerInstances: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, installation } = context;
  const size = pageSize(input.maxResults);
  const isMeant = readFilter(input.filter);
  const rows = store.read((tx): readonly ContainerInstance[] => {
    const owner = findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound());
    const wanted = input.status === undefined ? owner : `${owner} ${input.status}`;
    const isPool = owner === poolClusterArn(installation);
    const find = (range: Range): readonly ContainerInstance[] =>
      isPool
        ? tx.find(containerInstances, 'pool', 'FARGATE', range)
        : tx.find(containerInstances, 'cluster', wanted, range);
    const after = readPageToken(input.nextToken);
    if (isMeant === undefined) return find({ after, limit: size + 1 });
    return meant(tx, find({ after }), isMeant).slice(0, size + 1);
  });
  const page = pageOf(rows, size, (instance) => instance.containerInstanceArn);
  return {
    containerInstanceArns: page.rows.map((instance) => instance.containerInstanceArn),
    nextToken: page.nextToken,
  };
};

const meant = (
  tx: ReadTx,
  rows: readonly ContainerInstance[],
  isMeant: HostPredicate,
): readonly ContainerInstance[] => rows.filter((instance) => isMeant(queryHostOf(tx, instance)));

function readFilter(filter: string | undefined): HostPredicate | undefined {
  if (filter === undefined || filter.trim() === '') return undefined;
  const parsed = parseExpression(filter);
  if (parsed.kind === 'refused') throw ecsErrors.expressionInvalid('filter', parsed);
  return compileExpression(parsed.expression);
}
