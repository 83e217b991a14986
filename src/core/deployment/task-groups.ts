import type { Deployment } from '../../domain/service.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { classifyTask, type TaskClass } from './task-class.ts';

/** The live tasks of one deployment by class. */
export interface TaskGroup {
  readonly deployment: Deployment;
  /** Place in the service's list: 0 is the newest. */
  readonly age: number;
  readonly byClass: Readonly<Record<TaskClass, readonly ServiceTask[]>>;
}

/** Sorts live tasks to their deployments, newest first, in the order of the view. */
export function groupTasks(view: ServiceView, deployments: readonly Deployment[]): readonly TaskGroup[] {
  const byDeployment = new Map<string, Record<TaskClass, ServiceTask[]>>();
  for (const deployment of deployments) byDeployment.set(deployment.id, emptyClasses());
  for (const task of view.tasks)
    byDeployment.get(task.deploymentId ?? '')?.[classifyTask(view, task)].push(task);
  return deployments.map((deployment, age) => ({
    deployment,
    age,
    byClass: byDeployment.get(deployment.id) ?? emptyClasses(),
  }));
}

/** Live tasks whose deployment the service does not know: left over, to be stopped. (SVC-12) */
export const strayTasks = (view: ServiceView): readonly ServiceTask[] => {
  const known = new Set(view.service.deployments.map((deployment) => deployment.id));
  return view.tasks.filter((task) => !known.has(task.deploymentId ?? ''));
};

const emptyClasses = (): Record<TaskClass, ServiceTask[]> => ({
  pending: [],
  unhealthy: [],
  draining: [],
  starting: [],
  healthy: [],
  stopping: [],
});

/** How many tasks of a group are not on their way out, those that are to be replaced included. */
export const keptCount = (group: TaskGroup): number =>
  goodCount(group) + group.byClass.unhealthy.length + group.byClass.draining.length;

/** How many tasks of a group are to stay: neither unhealthy nor on a host that is DRAINING. */
export const goodCount = ({ byClass }: TaskGroup): number =>
  byClass.pending.length + byClass.starting.length + byClass.healthy.length;

/** How many tasks of a group are on their way to being healthy. */
export const prospectCount = ({ byClass }: TaskGroup): number =>
  byClass.pending.length + byClass.starting.length;
