import type { Deployment, Service, TaskSetState } from '../../domain/service.ts';
import { ecsErrors } from './errors.ts';

/** A deployment that is a task set. */
export type TaskSetRow = Deployment & { readonly taskSet: TaskSetState };

/** The task sets of a service, the PRIMARY one in front, then the newest. */
export const taskSetsOf = (service: Service): readonly TaskSetRow[] =>
  service.deployments.filter((each): each is TaskSetRow => each.taskSet !== undefined);

/** The set that a request names by its id or its ARN, or the error it gets. */
export function existingTaskSet(service: Service, text: string): TaskSetRow {
  const found = taskSetsOf(service).find((each) => each.id === text || each.taskSet.taskSetArn === text);
  if (found === undefined) throw ecsErrors.taskSetNotFound();
  return found;
}

/** Refuses services that are not ACTIVE, and those whose deployments are the scheduler's own. (TSE-1) */
export function checkHasTaskSets({ status, deploymentController }: Service): void {
  if (status !== 'ACTIVE') throw ecsErrors.serviceNotActive();
  if (deploymentController !== 'EXTERNAL') throw ecsErrors.taskSetsNotSupported();
}

/** The row with one of its sets in another state. */
export const withTaskSet = (service: Service, changed: TaskSetRow): Service => ({
  ...service,
  deployments: service.deployments.map((each) => (each.id === changed.id ? changed : each)),
});
