import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { tasks } from '../../records/collections.ts';
import type { EcsOperations, Failure, Task } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';
import { taskArnOf } from './task-reference.ts';
import { taskShape } from './task-shape.ts';

type Shapes = EcsOperations['DescribeTasks'];

const DESCRIBE_MAX_COUNT = SERVICE_QUOTAS.tasksPerDescribe;

/** Describes tasks of one cluster in the order of the request; what is not there is a failure. (TSK-43) */
export const describeTasks: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  if (input.tasks.length === 0) throw ecsErrors.tasksEmpty();
  if (input.tasks.length > DESCRIBE_MAX_COUNT) {
    throw ecsErrors.invalid(`Tasks cannot have more than ${DESCRIBE_MAX_COUNT} elements.`);
  }
  const hasTags = input.include?.includes('TAGS') ?? false;
  return store.read((tx) => {
    const cluster = activeCluster(tx, installation, input.cluster);
    const found: Task[] = [];
    const failures: Failure[] = [];
    for (const arn of new Set(input.tasks.map((text) => taskArnOf(installation, cluster, text)))) {
      const task = tx.get(tasks, arn);
      if (task === undefined || task.clusterArn !== cluster.clusterArn)
        failures.push({ arn, reason: 'MISSING' });
      else found.push(taskShape(tx, task, hasTags));
    }
    return { tasks: found, failures };
  });
};
