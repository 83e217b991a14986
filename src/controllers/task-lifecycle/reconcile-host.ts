import type { Task } from '../../domain/task.ts';
import { containerInstances } from '../../records/collections.ts';
import { tasksOfInstance, updateTask } from '../../records/tasks.ts';
import type { ReadTx } from '../../store/store.ts';
import type { LifecycleDeps } from './reconcile-task.ts';

/** Lets the tasks of a host know that it came, went or was deregistered; `addTask` has each looked at. (TSK-15) */
export async function reconcileHost(
  deps: LifecycleDeps,
  instanceArn: string,
  addTask: (taskArn: string) => void,
): Promise<void> {
  const found = deps.store.read((tx) => ({
    taskArns: tasksOfInstance(tx, instanceArn).map(({ taskArn }) => taskArn),
    staleCount: staleTasks(tx, instanceArn).tasks.length,
  }));
  if (found.staleCount > 0) {
    await deps.store.write((tx) => {
      const { tasks, connectivity } = staleTasks(tx, instanceArn);
      const connectivityAt = deps.clock.now();
      for (const task of tasks) updateTask(tx, { ...task, connectivity, connectivityAt });
    });
  }
  for (const taskArn of found.taskArns) addTask(taskArn);
}

/** Tasks that have been heard of and whose shown connectivity is not their host's. */
function staleTasks(
  tx: ReadTx,
  instanceArn: string,
): { tasks: readonly Task[]; connectivity: Task['connectivity'] } {
  const host = tx.get(containerInstances, instanceArn);
  const connectivity = host?.agentConnected === true ? 'CONNECTED' : 'DISCONNECTED';
  const stale = tasksOfInstance(tx, instanceArn).filter(
    (task) => task.connectivity !== undefined && task.connectivity !== connectivity,
  );
  return { tasks: stale, connectivity };
}
