import { services } from '../../records/collections.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { existingService } from './service-reference.ts';
import { checkHasTaskSets, existingTaskSet, type TaskSetRow, withTaskSet } from './task-set-reference.ts';
import { toTaskSetShape } from './task-set-shape.ts';

type Shapes = EcsOperations['DeleteTaskSet'];

/** Takes a task set out of use: DRAINING until its tasks are gone. Needs a scale of 0, or `force`. (TSE-5) */
export const deleteTaskSet: Operation<Shapes['input'], Shapes['output']> = (context, input) =>
  context.store.write((tx) => {
    const { service } = existingService(tx, context.installation, input);
    checkHasTaskSets(service);
    const before = existingTaskSet(service, input.taskSet);
    if (before.taskSet.scalePercent > 0 && input.force !== true) throw ecsErrors.taskSetScaled();
    const row: TaskSetRow = {
      ...before,
      status: 'ACTIVE',
      updatedAt: context.clock.now(),
      taskSet: { ...before.taskSet, isDraining: true },
    };
    const after = withTaskSet(service, row);
    tx.put(services, after);
    return { taskSet: toTaskSetShape(tx, after, row) };
  });
