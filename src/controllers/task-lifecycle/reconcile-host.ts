import { hostLostAt } from '../../core/task/next-step.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';
import { containerInstances } from '../../records/collections.ts';
import { tasksOfInstance, updateTask } from '../../records/tasks.ts';
import type { ReadTx } from '../../store/store.ts';
import type { LifecycleDeps } from './reconcile-task.ts';

/** What a host's state asks for. */
export interface HostFollowUp {
  /** Tasks to look at. */
  readonly taskArns: readonly string[];
  /** When to look at the host again. */
  readonly wakeAt?: Instant | undefined;
}

/**
 * Shows the tasks of a host whether it is there, and says which of them are affected by its absence or its end. It is
 * the host that is waited for, not each of its tasks: a thousand tasks make one timer. (TSK-15, TSK-31)
 */
export async function reconcileHost(deps: LifecycleDeps, instanceArn: string): Promise<HostFollowUp> {
  const isStale = deps.store.read((tx) => staleTasks(tx, instanceArn).length > 0);
  if (isStale) {
    await deps.store.write((tx) => {
      const connectivity = connectivityOf(tx.get(containerInstances, instanceArn));
      const connectivityAt = deps.clock.now();
      for (const task of staleTasks(tx, instanceArn))
        updateTask(tx, { ...task, connectivity, connectivityAt });
    });
  }
  return deps.store.read((tx) => followUp(deps, tx, instanceArn));
}

function followUp(deps: LifecycleDeps, tx: ReadTx, instanceArn: string): HostFollowUp {
  const host = tx.get(containerInstances, instanceArn);
  const allTasks = (): readonly string[] => tasksOfInstance(tx, instanceArn).map(({ taskArn }) => taskArn);
  if (host === undefined || host.status === 'INACTIVE') return { taskArns: allTasks() };
  if (host.agentConnected) return { taskArns: [] };
  const now = deps.clock.now();
  const lostAt = hostLostAt(host, { now, listeningSince: deps.listeningSince(), settings: deps.settings });
  if (lostAt !== undefined && lostAt <= now) return { taskArns: allTasks() };
  return { taskArns: [], wakeAt: lostAt };
}

/** Tasks that have been heard of and whose shown connectivity is not their host's. */
function staleTasks(tx: ReadTx, instanceArn: string): readonly Task[] {
  const now = connectivityOf(tx.get(containerInstances, instanceArn));
  return tasksOfInstance(tx, instanceArn).filter(
    ({ connectivity }) => connectivity !== undefined && connectivity !== now,
  );
}

const connectivityOf = (host: ContainerInstance | undefined): NonNullable<Task['connectivity']> =>
  host?.agentConnected === true ? 'CONNECTED' : 'DISCONNECTED';
