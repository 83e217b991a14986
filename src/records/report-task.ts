import { foldReport } from '../core/task/fold-report.ts';
import type { TaskReport } from '../core/task/task-report.ts';
import type { Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import type { WriteTx } from '../store/store.ts';
import { tasks } from './collections.ts';
import { updateTask } from './tasks.ts';

/**
 * Writes what an agent reports of a task and answers the row afterwards; undefined for a task that is not there. A
 * report of something known already writes nothing. (TSK-10)
 */
export function reportTask(
  tx: WriteTx,
  taskArn: string,
  { report, now }: { readonly report: TaskReport; readonly now: Instant },
): Task | undefined {
  const task = tx.get(tasks, taskArn);
  return task === undefined ? undefined : updateTask(tx, foldReport(task, report, now));
}
