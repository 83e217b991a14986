import { type Instant, plusMs } from '../../lib/clock.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';

/** Classes in the order in which tasks are given up when some must go. */
export const TASK_CLASSES = ['pending', 'unhealthy', 'draining', 'starting', 'healthy'] as const;

/**
 * What a task is to its service: on its way (`pending`), RUNNING and not yet counted (`starting`), counted (`healthy`),
 * RUNNING with a failed health check (`unhealthy`), not unhealthy but on a host that is DRAINING (`draining`), or on its
 * way out (`stopping`).
 */
export type TaskClass = (typeof TASK_CLASSES)[number] | 'stopping';

const ENDING: readonly ServiceTask['lastStatus'][] = [
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
];

/** Says what a task is to its service at `view.now`. (DEP-3, INS-11) */
export function classifyTask(view: ServiceView, task: ServiceTask): TaskClass {
  const taskClass = classAnywhere(view, task);
  if (taskClass === 'stopping' || taskClass === 'unhealthy') return taskClass;
  return view.hosts.get(task.instanceArn ?? '')?.status === 'DRAINING' ? 'draining' : taskClass;
}

/** True when the floor may count on the task: it is healthy, wherever it runs. (DEP-1, INS-11) */
export const isServing = (view: ServiceView, task: ServiceTask): boolean =>
  classAnywhere(view, task) === 'healthy';

/** What the task would be on a host that is not DRAINING. */
function classAnywhere(view: ServiceView, task: ServiceTask): Exclude<TaskClass, 'draining'> {
  if (task.desiredStatus === 'STOPPED' || ENDING.includes(task.lastStatus)) return 'stopping';
  if (task.lastStatus !== 'RUNNING') return 'pending';
  if (!hasHealthCheck(task)) return view.now >= healthyAt(view, task) ? 'healthy' : 'starting';
  if (task.healthStatus === 'HEALTHY') return 'healthy';
  if (task.healthStatus !== 'UNHEALTHY') return 'starting';
  return view.now >= graceEndsAt(view, task) ? 'unhealthy' : 'starting';
}

/** When time alone will change the class of a task; undefined when it will not. */
export function classChangesAt(view: ServiceView, task: ServiceTask): Instant | undefined {
  if (classAnywhere(view, task) !== 'starting') return undefined;
  if (!hasHealthCheck(task)) return healthyAt(view, task);
  return task.healthStatus === 'UNHEALTHY' ? graceEndsAt(view, task) : undefined;
}

/** True when an essential container has a health check: then its word decides. */
const hasHealthCheck = (task: ServiceTask): boolean =>
  task.containers.some((container) => container.essential && container.healthStatus !== undefined);

const healthyAt = (view: ServiceView, task: ServiceTask): Instant =>
  plusMs(task.startedAt ?? view.now, view.settings.healthyAfterRunningMs);

/** Failed checks do not count for as long as the service asks. (AWS: CreateService, healthCheckGracePeriodSeconds) */
const graceEndsAt = (view: ServiceView, task: ServiceTask): Instant =>
  plusMs(task.startedAt ?? view.now, view.service.healthCheckGracePeriodSeconds * 1000);
