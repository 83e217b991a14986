import { plusMs } from '../../lib/clock.ts';
import { tasks } from '../../records/collections.ts';
import { deleteTask } from '../../records/tasks.ts';
import type { LifecycleDeps } from './reconcile-task.ts';

/** How many tasks one transaction looks at, so that a sweep never holds the store for long. */
const PAGE_COUNT = 500;

/** Forgets the tasks that have been STOPPED for longer than their life after the end. (TSK-32) */
export async function reapTasks({ store, clock, log, settings }: LifecycleDeps): Promise<void> {
  let after: string | undefined;
  let deletedCount = 0;
  do {
    const expired = plusMs(clock.now(), -settings.stoppedTaskLifeMs);
    const page = store.read((tx) => tx.find(tasks, 'live', 'STOPPED', { after, limit: PAGE_COUNT }));
    const old = page.filter(({ stoppedAt }) => (stoppedAt ?? 0) <= expired);
    if (old.length > 0) {
      await store.write((tx) => {
        for (const { taskArn } of old) deleteTask(tx, taskArn);
      });
    }
    deletedCount += old.length;
    after = page.length < PAGE_COUNT ? undefined : page.at(-1)?.taskArn;
  } while (after !== undefined);
  if (deletedCount > 0) log.debug('tasks.forgotten', { deletedCount });
}
