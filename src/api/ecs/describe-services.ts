import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { services } from '../../records/collections.ts';
import type { EcsOperations, Failure, Service as ServiceShape } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster, serviceArnOf } from './service-reference.ts';
import { toServiceShape } from './service-shape.ts';

type Shapes = EcsOperations['DescribeServices'];

const DESCRIBE_SERVICES_MAX_COUNT = SERVICE_QUOTAS.servicesPerDescribe;

/** Answers 1 to 10 services, deleted ones included while they are remembered; the others are failures. (SVC-14) */
export const describeServices: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  if (input.services.length === 0) throw ecsErrors.invalid('Services cannot be empty.');
  if (input.services.length > DESCRIBE_SERVICES_MAX_COUNT) {
    throw ecsErrors.invalid(`Services can have at most ${DESCRIBE_SERVICES_MAX_COUNT} items.`);
  }
  const hasTags = input.include?.includes('TAGS') === true;
  return store.read((tx) => {
    const cluster = activeCluster(tx, installation, input.cluster);
    const found: ServiceShape[] = [];
    const failures: Failure[] = [];
    for (const arn of new Set(input.services.map((text) => serviceArnOf(installation, cluster, text)))) {
      const service = tx.get(services, arn);
      if (service === undefined) failures.push({ arn, reason: 'MISSING' });
      else found.push({ ...toServiceShape(tx, service), ...(hasTags ? { tags: service.tags } : {}) });
    }
    return { services: found, failures };
  });
};
