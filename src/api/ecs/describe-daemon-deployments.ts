import { daemonDeployments } from '../../records/daemons.ts';
import type { DaemonDeployment, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { daemonDeploymentShape } from './daemon-shape.ts';
import { DESCRIBE_HISTORY_MAX_COUNT } from './describe-service-deployments.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DescribeDaemonDeployments'];

/** Answers 1 to 20 deployments in the order of the request; what is not there is a failure. (MDM-14) */
export const describeDaemonDeployments: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  { daemonDeploymentArns: arns },
) => {
  if (arns.length === 0) throw ecsErrors.invalid('daemonDeploymentArns cannot be empty.');
  if (arns.length > DESCRIBE_HISTORY_MAX_COUNT)
    throw ecsErrors.invalid(`daemonDeploymentArns can have at most ${DESCRIBE_HISTORY_MAX_COUNT} items.`);
  return store.read((tx) => {
    const found: DaemonDeployment[] = [];
    const failures: Failure[] = [];
    for (const arn of new Set(arns)) {
      const row = tx.get(daemonDeployments, arn);
      if (row === undefined) failures.push({ arn, reason: 'MISSING' });
      else found.push(daemonDeploymentShape(tx, installation, row));
    }
    return { daemonDeployments: found, failures };
  });
};
