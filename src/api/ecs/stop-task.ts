import { tasks } from '../../records/collections.ts';
import { stopTask as stop } from '../../records/stop-task.ts';
import { putTaskTags } from '../../records/tasks.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';
import { taskArnOf } from './task-reference.ts';
import { taskShape } from './task-shape.ts';

type Shapes = EcsOperations['StopTask'];

const REASON_MAX_LENGTH = 1024;

/** Asks for a task's end and answers at once; the task's tags are gone. Stopping it again changes nothing. (TSK-42) */
export const stopTask: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, installation } = context;
  const reason = input.reason || 'Task stopped by user';
  if (reason.length > REASON_MAX_LENGTH) {
    throw ecsErrors.invalid(`reason must be at most ${REASON_MAX_LENGTH} characters.`);
  }
  return store.write((tx) => {
    const cluster = activeCluster(tx, installation, input.cluster);
    const task = tx.get(tasks, taskArnOf(installation, cluster, input.task));
    if (task === undefined || task.clusterArn !== cluster.clusterArn) throw ecsErrors.taskNotFound();
    const stopping = stop({ tx, now: clock.now() }, task, { stopCode: 'UserInitiated', reason });
    const untagged = stopping.tags.length > 0 ? putTaskTags(tx, stopping, []) : stopping;
    return { task: taskShape(tx, untagged, true) };
  });
};
