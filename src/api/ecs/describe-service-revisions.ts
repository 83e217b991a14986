import { serviceRevisions } from '../../records/service-deployments.ts';
import type { EcsOperations, Failure, ServiceRevision } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { DESCRIBE_HISTORY_MAX_COUNT } from './describe-service-deployments.ts';
import { ecsErrors } from './errors.ts';
import { toServiceRevisionShape } from './service-deployment-shape.ts';

type Shapes = EcsOperations['DescribeServiceRevisions'];

/** Answers 1 to 20 revisions in the order of the request; what is not there is a failure. (SDP-9) */
export const describeServiceRevisions: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const arns = input.serviceRevisionArns;
  if (arns.length === 0) throw ecsErrors.invalid('serviceRevisionArns cannot be empty.');
  if (arns.length > DESCRIBE_HISTORY_MAX_COUNT) {
    throw ecsErrors.invalid(`serviceRevisionArns can have at most ${DESCRIBE_HISTORY_MAX_COUNT} items.`);
  }
  return store.read((tx) => {
    const found: ServiceRevision[] = [];
    const failures: Failure[] = [];
    for (const arn of new Set(arns)) {
      const revision = tx.get(serviceRevisions, arn);
      if (revision === undefined) failures.push({ arn, reason: 'MISSING' });
      else found.push(toServiceRevisionShape(tx, installation, revision));
    }
    return { serviceRevisions: found, failures };
  });
};
