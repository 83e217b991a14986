import { readPageToken } from '../../lib/pagination.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListServicesByNamespace'];

/** There are no Cloud Map namespaces here, so none is ever found. (SVC-16) */
export const listServicesByNamespace: Operation<Shapes['input'], Shapes['output']> = (_context, input) => {
  pageSize(input.maxResults ?? undefined);
  readPageToken(input.nextToken);
  if (input.namespace === '') throw ecsErrors.invalid('namespace can not be blank.');
  throw ecsErrors.namespaceNotFound();
};
