import { services } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { readScale } from './create-task-set.ts';
import { existingService } from './service-reference.ts';
import { checkHasTaskSets, existingTaskSet, type TaskSetRow, withTaskSet } from './task-set-reference.ts';
import { toTaskSetShape } from './task-set-shape.ts';

type Shapes = EcsOperations['UpdateTaskSet'];

/** Changes the share of the service's count that a task set has. (TSE-2) */
export const updateTaskSet: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const scalePercent = readScale(input.scale);
  return context.store.write((tx) => {
    const { service } = existingService(tx, context.installation, input);
    checkHasTaskSets(service);
    const before = existingTaskSet(service, input.taskSet);
    const row: TaskSetRow = {
      ...before,
      updatedAt: context.clock.now(),
      taskSet: { ...before.taskSet, scalePercent },
    };
    const after = withTaskSet(service, row);
    tx.put(services, after);
    return { taskSet: toTaskSetShape(tx, after, row) };
  });
};
