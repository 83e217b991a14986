import type { Daemon } from '../../domain/daemon.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { findOwnProvider } from '../../records/capacity-providers.ts';
import { daemonRevisions, daemons } from '../../records/daemons.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { pageSize } from './page-size.ts';
import { activeCluster } from './service-reference.ts';

type Shapes = EcsOperations['ListDaemons'];

/** Lists the daemons of a cluster by ARN, or those of some of its providers. (MDM-15) */
export const listDaemons: Operation<Shapes['input'], Shapes['output']> = ({ store, installation }, input) => {
  const size = pageSize(input.maxResults ?? undefined);
  const after = readPageToken(input.nextToken) ?? '';
  const arns = input.capacityProviderArns ?? [];
  return store.read((tx) => {
    const { clusterArn } = activeCluster(tx, installation, input.clusterArn);
    const names = arns.map((arn) => findOwnProvider(tx, installation, arn)?.name);
    const isListed = ({ daemonArn, targetRevisionArn }: Daemon): boolean =>
      daemonArn > after &&
      (arns.length === 0 ||
        tx
          .get(daemonRevisions, targetRevisionArn)
          ?.capacityProviderNames.some((name) => names.includes(name)) === true);
    const rows = tx.find(daemons, 'cluster', clusterArn).filter(isListed);
    const page = pageOf(rows, size, ({ daemonArn }) => daemonArn);
    return {
      daemonSummariesList: page.rows.map(({ daemonArn, status, createdAt, updatedAt }) => ({
        daemonArn,
        status: status === 'ACTIVE' ? 'ACTIVE' : 'DELETE_IN_PROGRESS',
        createdAt,
        updatedAt,
      })),
      nextToken: page.nextToken,
    };
  });
};
