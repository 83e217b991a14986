import { services } from '../../records/collections.ts';
import { serviceDeployments } from '../../records/service-deployments.ts';
import type { EcsOperations, Failure, ServiceDeployment } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { toServiceDeploymentShape } from './service-deployment-shape.ts';

type Shapes = EcsOperations['DescribeServiceDeployments'];

/** How many rollouts or revisions can be described at once. */
export const DESCRIBE_HISTORY_MAX_COUNT = 20;

/** Answers 1 to 20 rollouts in the order of the request; what is not there is a failure. (SDP-9) */
export const describeServiceDeployments: Operation<Shapes['input'], Shapes['output']> = (
  { store },
  input,
) => {
  const arns = input.serviceDeploymentArns;
  if (arns.length === 0) throw ecsErrors.invalid('serviceDeploymentArns cannot be empty.');
  if (arns.length > DESCRIBE_HISTORY_MAX_COUNT) {
    throw ecsErrors.invalid(`serviceDeploymentArns can have at most ${DESCRIBE_HISTORY_MAX_COUNT} items.`);
  }
  return store.read((tx) => {
    const found: ServiceDeployment[] = [];
    const failures: Failure[] = [];
    for (const arn of new Set(arns)) {
      const record = tx.get(serviceDeployments, arn);
      const service = record && tx.get(services, record.serviceArn);
      if (record === undefined || service === undefined) failures.push({ arn, reason: 'MISSING' });
      else found.push(toServiceDeploymentShape(tx, service, record));
    }
    return { serviceDeployments: found, failures };
  });
};
