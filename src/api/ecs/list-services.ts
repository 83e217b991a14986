import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { Service } from '../../domain/service.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { servicesOfCluster } from '../../records/services.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { pageSize } from './page-size.ts';
import { activeCluster } from './service-reference.ts';

type Shapes = EcsOperations['ListServices'];

const DEFAULT_PAGE_COUNT = SERVICE_QUOTAS.servicesDefaultPage;

/** Lists the ARNs of ACTIVE services by ARN, 10 to a page unless asked otherwise. (SVC-15) */
export const listServices: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const size = pageSize(input.maxResults, DEFAULT_PAGE_COUNT);
  const after = readPageToken(input.nextToken);
  return store.read((tx) => {
    const { clusterArn } = activeCluster(tx, installation, input.cluster);
    const rows = servicesOfCluster(tx, clusterArn, 'ACTIVE').filter((service) => isListed(service, input));
    const rest = after === undefined ? rows : rows.filter(({ serviceArn }) => serviceArn > after);
    const page = pageOf(rest.slice(0, size + 1), size, ({ serviceArn }) => serviceArn);
    return { serviceArns: page.rows.map(({ serviceArn }) => serviceArn), nextToken: page.nextToken };
  });
};

function isListed({ spec, schedulingStrategy }: Service, input: Shapes['input']): boolean {
  const { launchType, schedulingStrategy: strategy, resourceManagementType } = input;
  if (launchType !== undefined && launchType !== null && launchType !== spec.launchType) return false;
  if (strategy !== undefined && strategy !== null && strategy !== schedulingStrategy) return false;
  return resourceManagementType !== 'ECS';
}
