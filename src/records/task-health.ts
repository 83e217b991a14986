import type { HealthCheckResult } from '../domain/health-check.ts';
import type { Task, TaskContainer } from '../domain/task.ts';
import type { HealthStatus } from '../shapes/generated/ecs.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { tasks } from './collections.ts';
import { putTaskHealthChecks, updateTask } from './tasks.ts';

/** What an agent says of one container with a health check. */
export interface ReportedHealth {
  readonly containerName: string;
  readonly healthStatus: HealthStatus;
  /** The last results of the check, as far as the agent tells them. */
  readonly gantryChecks?: readonly HealthCheckResult[] | undefined;
}

/** True when `recordTaskHealth` would write something: most reports repeat what is known. (ASN-9) */
export function isNewsOfTaskHealth(
  tx: ReadTx,
  taskArn: string,
  reported: readonly ReportedHealth[],
): boolean {
  const task = tx.get(tasks, taskArn);
  return task !== undefined && newHealth(task, reported) !== undefined;
}

/**
 * Writes the health of a task's containers, and of the task, as its host reports it. Unknown and stopped tasks,
 * unknown containers and repetitions change nothing. What a failing check says is kept beside it. (ASN-9, LIF-5)
 */
export function recordTaskHealth(tx: WriteTx, taskArn: string, reported: readonly ReportedHealth[]): void {
  const task = tx.get(tasks, taskArn);
  const containers = task === undefined ? undefined : newHealth(task, reported);
  if (task === undefined || containers === undefined) return;
  const isNews = containers.some(
    ({ healthStatus }, index) => healthStatus !== task.containers[index]?.healthStatus,
  );
  if (isNews) updateTask(tx, { ...task, containers, healthStatus: taskHealth(containers) });
  else putTaskHealthChecks(tx, task, containers);
}

/** The containers as they are reported; undefined when that is how they are known, or the task has ended. */
function newHealth(task: Task, reported: readonly ReportedHealth[]): Task['containers'] | undefined {
  if (task.lastStatus === 'STOPPED') return undefined;
  const containers = task.containers.map((container) => withHealth(container, reported));
  const isSame = containers.every((container, index) => container === task.containers[index]);
  return isSame ? undefined : containers;
}

function withHealth(container: TaskContainer, reported: readonly ReportedHealth[]): TaskContainer {
  const report = reported.find((entry) => entry.containerName === container.name);
  if (report === undefined) return container;
  const { healthStatus, gantryChecks: healthChecks } = report;
  const isSame = container.healthStatus === healthStatus && saySame(container.healthChecks, healthChecks);
  return isSame ? container : { ...container, healthStatus, healthChecks };
}

/** A check that fails in the same way again and again is no news. */
const saySame = (left: readonly HealthCheckResult[] = [], right: readonly HealthCheckResult[] = []) =>
  left.length === right.length &&
  left.every(({ exitCode, output }, at) => right[at]?.exitCode === exitCode && right[at].output === output);

/**
 * A task is as healthy as the worst of its essential containers that have a check: UNHEALTHY, then UNKNOWN, then
 * HEALTHY; UNKNOWN without any check. (ASN-9)
 */
export function taskHealth(containers: Task['containers']): HealthStatus {
  const checked = containers.filter(
    (container) => container.essential && container.healthStatus !== undefined,
  );
  if (checked.some((container) => container.healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  if (checked.length === 0 || checked.some((container) => container.healthStatus !== 'HEALTHY'))
    return 'UNKNOWN';
  return 'HEALTHY';
}
