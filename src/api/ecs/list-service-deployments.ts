import type { ServiceDeployment } from '../../domain/service-deployment.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { deploymentsOfService } from '../../records/service-deployments.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { pageSize } from './page-size.ts';
import { toServiceDeploymentBrief } from './service-deployment-shape.ts';
import { existingService } from './service-reference.ts';

type Shapes = EcsOperations['ListServiceDeployments'];

const DEFAULT_PAGE_COUNT = 20;

/** Lists the rollouts of a service, the newest first, 20 to a page unless asked otherwise. (SDP-9) */
export const listServiceDeployments: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const size = pageSize(input.maxResults ?? undefined, DEFAULT_PAGE_COUNT);
  const after = readPageToken(input.nextToken);
  return store.read((tx) => {
    const { service } = existingService(tx, installation, input);
    const rows = deploymentsOfService(tx, service.serviceArn);
    const start = after === undefined ? 0 : 1 + rows.findIndex((row) => positionOf(row) === after);
    const listed = rows.slice(start).filter((row) => isListed(row, input));
    const page = pageOf(listed, size, positionOf);
    return {
      serviceDeployments: page.rows.map(toServiceDeploymentBrief),
      nextToken: page.nextToken,
    };
  });
};

const positionOf = ({ serviceDeploymentArn }: ServiceDeployment): string => serviceDeploymentArn;

function isListed({ status, createdAt }: ServiceDeployment, input: Shapes['input']): boolean {
  const statuses = input.status ?? [];
  if (statuses.length > 0 && !statuses.includes(status)) return false;
  const { before, after } = input.createdAt ?? {};
  if (before !== undefined && before !== null && createdAt >= before) return false;
  return after === undefined || after === null || createdAt > after;
}
