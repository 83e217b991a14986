import type { Cluster } from '../../domain/cluster.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { clusters } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListClusters'];

/** Lists the ARNs of ACTIVE clusters. (CLU-9) */
export const listClusters: Operation<Shapes['input'], Shapes['output']> = ({ store }, input) => {
  const size = pageSize(input.maxResults);
  const after = readPageToken(input.nextToken);
  const rows = store.read((tx) => activeClusters(tx, after, size + 1));
  const page = pageOf(rows, size, (cluster) => cluster.clusterArn);
  return { clusterArns: page.rows.map((cluster) => cluster.clusterArn), nextToken: page.nextToken };
};

/** INACTIVE clusters are few and are forgotten after a while, so reading past them is cheap. */
function activeClusters(tx: ReadTx, after: string | undefined, limit: number): readonly Cluster[] {
  const found: Cluster[] = [];
  let last = after;
  for (;;) {
    const rows = tx.all(clusters, { after: last, limit });
    found.push(...rows.filter((cluster) => cluster.status === 'ACTIVE'));
    last = rows.at(-1)?.clusterArn;
    if (found.length >= limit || rows.length < limit) return found.slice(0, limit);
  }
}
