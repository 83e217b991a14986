import type { Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import type { TaskStopCode } from '../shapes/generated/ecs.ts';
import type { WriteTx } from '../store/store.ts';
import { updateTask } from './tasks.ts';

/** Why a task is asked to stop. */
export interface StopCause {
  readonly stopCode: TaskStopCode;
  /** Becomes `stoppedReason` word for word. */
  readonly reason: string;
}

/**
 * Asks for a task's end: its desired status becomes STOPPED, and its agent and the lifecycle controller do the rest.
 * A task that is stopping already keeps its first cause; the row is returned as it is then.
 */
export function stopTask(
  deps: { readonly tx: WriteTx; readonly now: Instant },
  task: Task,
  cause: StopCause,
): Task {
  if (task.desiredStatus === 'STOPPED') return task;
  return updateTask(deps.tx, {
    ...task,
    desiredStatus: 'STOPPED',
    stopCode: cause.stopCode,
    stoppedReason: cause.reason,
    stoppingAt: deps.now,
  });
}
