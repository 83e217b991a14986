import { plusResources, withoutResources } from '../core/placement/resource-sums.ts';
import type { Resources } from '../domain/resources.ts';
import { NO_RESOURCES } from '../domain/resources.ts';
import type { Task } from '../domain/task.ts';
import { mayMove } from '../domain/task.ts';
import { assert } from '../lib/assert.ts';
import type { Instant } from '../lib/clock.ts';
import type { ReadTx, WriteTx } from '../store/store.ts';
import { containerInstances, tasks } from './collections.ts';
import { forgetTaskCredentials } from './task-credentials.ts';

/**
 * The only place that writes task rows. With each of them it keeps the books of the host: what an instance has
 * reserved is, after every call, the sum over its tasks that are not STOPPED.
 */

/** Writes a new task and reserves its share of its host. */
export function createTask(tx: WriteTx, task: Task): Task {
  assert(tx.get(tasks, task.taskArn) === undefined, 'a task is created once');
  assert(task.version === 1, 'a new task has version 1');
  tx.put(tasks, task);
  moveReservation(tx, undefined, task);
  return task;
}

/**
 * Writes the next state of a task with the next version, and returns that row. Its status may stay or move forward;
 * a STOPPED task does not change any more. When `next` is the stored row itself, nothing happens.
 */
export function updateTask(tx: WriteTx, next: Task): Task {
  const before = tx.get(tasks, next.taskArn);
  assert(before !== undefined, 'a task is updated while it exists');
  if (before === next) return before;
  assert(before.lastStatus !== 'STOPPED', 'a stopped task stays as it is');
  assert(
    before.lastStatus === next.lastStatus || mayMove(before.lastStatus, next.lastStatus),
    'a task moves forward only',
  );
  assert(before.desiredStatus === 'RUNNING' || next.desiredStatus === 'STOPPED', 'a stop is not taken back');
  assert(before.instanceArn === next.instanceArn, 'a task stays on its host');
  const task: Task = { ...next, version: before.version + 1 };
  tx.put(tasks, task);
  moveReservation(tx, before, task);
  if (task.lastStatus === 'STOPPED') forgetTaskCredentials(tx, task.taskArn);
  return task;
}

/** Notes that the task's payload was handed to its agent. Clients see no new version. Repeating it changes nothing. */
export function markTaskSent(tx: WriteTx, task: Task, now: Instant): Task {
  return task.sentAt === undefined ? putQuietly(tx, { ...task, sentAt: now }) : task;
}

/** Notes what the service scheduler has counted of the task, also after its end. Clients see no new version. */
export function markTaskCounted(tx: WriteTx, task: Task, countedAs: NonNullable<Task['countedAs']>): Task {
  return task.countedAs === countedAs ? task : putQuietly(tx, { ...task, countedAs });
}

/** Keeps what the health checks of a task's containers said. Clients see no new version. */
export function putTaskHealthChecks(tx: WriteTx, task: Task, containers: Task['containers']): Task {
  return putQuietly(tx, { ...task, containers });
}

/** Protects a task until an instant, or ends that. Clients see no new version. */
export function putTaskProtection(tx: WriteTx, task: Task, protectedUntil: Instant | undefined): Task {
  return putQuietly(tx, { ...task, protectedUntil });
}

/** Writes the tags of a task, which may change at any time, also after its end. Clients see no new version. */
export function putTaskTags(tx: WriteTx, task: Task, tags: Task['tags']): Task {
  return putQuietly(tx, { ...task, tags });
}

function putQuietly(tx: WriteTx, task: Task): Task {
  assert(tx.get(tasks, task.taskArn) !== undefined, 'a task is updated while it exists');
  tx.put(tasks, task);
  return task;
}

/** Forgets a task that has ended. */
export function deleteTask(tx: WriteTx, taskArn: string): void {
  const task = tx.get(tasks, taskArn);
  assert(task === undefined || task.lastStatus === 'STOPPED', 'only a stopped task is forgotten');
  tx.delete(tasks, taskArn);
}

/** Tasks on a host that are not STOPPED. */
export const tasksOfInstance = (tx: ReadTx, instanceArn: string): readonly Task[] =>
  tx.find(tasks, 'instance', instanceArn);

/** What a task holds on its host now. */
const heldBy = (task: Task | undefined): Resources =>
  task === undefined || task.lastStatus === 'STOPPED' ? NO_RESOURCES : task.reserved;

function moveReservation(tx: WriteTx, before: Task | undefined, after: Task): void {
  const [released, held] = [heldBy(before), heldBy(after)];
  if (released === held || after.instanceArn === undefined) return;
  const host = tx.get(containerInstances, after.instanceArn);
  if (host === undefined) return;
  const reserved = plusResources(withoutResources(host.reserved, released), held);
  tx.put(containerInstances, { ...host, reserved, version: host.version + 1 });
}
