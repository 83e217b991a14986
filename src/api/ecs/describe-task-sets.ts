import type { EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { existingService } from './service-reference.ts';
import { type TaskSetRow, taskSetsOf } from './task-set-reference.ts';
import { toTaskSetShape } from './task-set-shape.ts';

type Shapes = EcsOperations['DescribeTaskSets'];

/** Answers the task sets that are named, or all of the service; what is not there is a failure. (TSE-6) */
export const describeTaskSets: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const hasTags = input.include?.includes('TAGS') === true;
  return store.read((tx) => {
    const { service } = existingService(tx, installation, input);
    if (service.status === 'INACTIVE') throw ecsErrors.serviceNotActive();
    const all = taskSetsOf(service);
    const named = input.taskSets ?? [];
    const found: TaskSetRow[] = named.length === 0 ? [...all] : [];
    const failures: Failure[] = [];
    for (const text of new Set(named)) {
      const row = all.find((each) => each.id === text || each.taskSet.taskSetArn === text);
      if (row === undefined) failures.push({ arn: text, reason: 'MISSING' });
      else found.push(row);
    }
    return { taskSets: found.map((row) => toTaskSetShape(tx, service, row, hasTags)), failures };
  });
};
