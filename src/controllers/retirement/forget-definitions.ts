import type { TaskDefinition } from '../../domain/task-definition.ts';
import { services, taskDefinitions, tasks } from '../../records/collections.ts';
import type { ReadTx, Store } from '../../store/store.ts';

/** How many revisions one transaction takes away, so that a sweep never holds the store for long. */
const STEP_COUNT = 200;

/**
 * Takes away task definitions that were asked to be deleted and that nothing refers to any more. What cannot go yet is
 * looked at again the next time. (TDF-45)
 */
export async function forgetDefinitions(store: Store): Promise<void> {
  let after: string | undefined;
  do {
    const range = { after, limit: STEP_COUNT };
    const page = store.read((tx) => tx.find(taskDefinitions, 'status', 'DELETE_IN_PROGRESS', range));
    if (page.length === 0) return;
    await store.write((tx) => {
      const inServices = definitionsOfServices(tx);
      for (const row of page) {
        const { taskDefinitionArn } = row;
        const isFree =
          !inServices.has(taskDefinitionArn) && tx.count(tasks, 'definition', taskDefinitionArn) === 0;
        if (isFree) tx.delete(taskDefinitions, taskDefinitions.key(row));
      }
    });
    after = page.length < STEP_COUNT ? undefined : keyOfLast(page);
  } while (after !== undefined);
}

/** Those that deployments run, and those that a failing one would be rolled back to. */
function definitionsOfServices(tx: ReadTx): ReadonlySet<string> {
  const arns = new Set<string>();
  for (const status of ['ACTIVE', 'DRAINING']) {
    for (const { spec, deployments, lastCompleted } of tx.find(services, 'status', status)) {
      arns.add(spec.taskDefinitionArn);
      for (const deployment of deployments) arns.add(deployment.spec.taskDefinitionArn);
      if (lastCompleted !== undefined) arns.add(lastCompleted.taskDefinitionArn);
    }
  }
  return arns;
}

function keyOfLast(page: readonly TaskDefinition[]): string | undefined {
  const last = page.at(-1);
  return last === undefined ? undefined : taskDefinitions.key(last);
}
