import { daemonRevisions } from '../../records/daemons.ts';
import type { DaemonRevision, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { daemonRevisionShape } from './daemon-shape.ts';
import { DESCRIBE_HISTORY_MAX_COUNT } from './describe-service-deployments.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DescribeDaemonRevisions'];

/** Answers 1 to 20 revisions in the order of the request; what is not there is a failure. (MDM-14) */
export const describeDaemonRevisions: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  { daemonRevisionArns: arns },
) => {
  if (arns.length === 0) throw ecsErrors.invalid('daemonRevisionArns cannot be empty.');
  if (arns.length > DESCRIBE_HISTORY_MAX_COUNT)
    throw ecsErrors.invalid(`daemonRevisionArns can have at most ${DESCRIBE_HISTORY_MAX_COUNT} items.`);
  return store.read((tx) => {
    const found: DaemonRevision[] = [];
    const failures: Failure[] = [];
    for (const arn of new Set(arns)) {
      const row = tx.get(daemonRevisions, arn);
      if (row === undefined) failures.push({ arn, reason: 'MISSING' });
      else found.push(daemonRevisionShape(tx, installation, row));
    }
    return { daemonRevisions: found, failures };
  });
};
