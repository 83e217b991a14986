import type { DaemonDeployment } from '../../domain/daemon.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { deploymentsOfDaemon } from '../../records/daemons.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { existingDaemon } from './daemon-rules.ts';
import { daemonDeploymentSummary } from './daemon-shape.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListDaemonDeployments'];

const DEFAULT_PAGE_COUNT = 20;

/** Lists the deployments of a daemon, the newest first, 20 to a page unless asked otherwise. (MDM-15) */
export const listDaemonDeployments: Operation<Shapes['input'], Shapes['output']> = ({ store }, input) => {
  const size = pageSize(input.maxResults ?? undefined, DEFAULT_PAGE_COUNT);
  const after = readPageToken(input.nextToken);
  return store.read((tx) => {
    const rows = deploymentsOfDaemon(tx, existingDaemon(tx, input.daemonArn).daemonArn);
    const start = after === undefined ? 0 : 1 + rows.findIndex((row) => keyOf(row) === after);
    const listed = rows.slice(start).filter((row) => isListed(row, input));
    const page = pageOf(listed, size, keyOf);
    return { daemonDeployments: page.rows.map(daemonDeploymentSummary), nextToken: page.nextToken };
  });
};

const keyOf = ({ daemonDeploymentArn }: DaemonDeployment): string => daemonDeploymentArn;

function isListed({ status, createdAt }: DaemonDeployment, input: Shapes['input']): boolean {
  const statuses = input.status ?? [];
  if (statuses.length > 0 && !statuses.includes(status)) return false;
  const { before, after } = input.createdAt ?? {};
  if (before !== undefined && before !== null && createdAt >= before) return false;
  return after === undefined || after === null || createdAt > after;
}
