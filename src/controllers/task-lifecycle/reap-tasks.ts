import { plusMs } from '../../lib/clock.ts';
import { tasks } from '../../records/collections.ts';
import { deleteTask } from '../../records/tasks.ts';
import type { LifecycleDeps } from './reconcile-task.ts';

/** How many tasks one transaction looks at, so that a sweep never holds the store for long. */
const PAGE_COUNT = 500;

/**
 * Forgets the tasks that have been STOPPED for longer than their life after the end, among one page of them after
 * `after`. Answers where the next page starts; undefined at the end of the sweep. (TSK-32)
 */
export async function reapTasks(
  { store, clock, log, settings }: LifecycleDeps,
  after: string | undefined,
): Promise<string | undefined> {
  const expired = plusMs(clock.now(), -settings.stoppedTaskLifeMs);
  const page = store.read((tx) => tx.find(tasks, 'live', 'STOPPED', { after, limit: PAGE_COUNT }));
  const old = page.filter(({ stoppedAt }) => (stoppedAt ?? 0) <= expired);
  if (old.length > 0) {
    await store.write((tx) => {
      for (const { taskArn } of old) deleteTask(tx, taskArn);
    });
    log.debug('tasks.forgotten', { forgottenCount: old.length });
  }
  return page.length < PAGE_COUNT ? undefined : page.at(-1)?.taskArn;
}
