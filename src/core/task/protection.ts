import type { Task } from '../../domain/task.ts';
import type { Instant } from '../../lib/clock.ts';

/**
 * True while a task may not be stopped for want of fewer tasks or for a deployment. Failed health checks, its user's own
 * stop and the loss of its host end it all the same. (PRT-1; AWS: task-scale-in-protection)
 */
export const isProtected = ({ protectedUntil }: Pick<Task, 'protectedUntil'>, now: Instant): boolean =>
  protectedUntil !== undefined && protectedUntil > now;
