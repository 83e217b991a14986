import { isProtected } from '../../core/task/protection.ts';
import type { Task } from '../../domain/task.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import { services, tasks } from '../../records/collections.ts';
import { putTaskProtection } from '../../records/tasks.ts';
import type { EcsOperations, Failure, ProtectedTask } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';
import { taskArnOf } from './task-reference.ts';

type Get = EcsOperations['GetTaskProtection'];
type Update = EcsOperations['UpdateTaskProtection'];

const GET_MAX_COUNT = 100;
const UPDATE_MAX_COUNT = 10;
const DEFAULT_MINUTES = 120;
const MAX_MINUTES = 2880;

/** Says of 1 to 100 tasks of services whether they are protected, and until when. (PRT-2) */
export const getTaskProtection: Operation<Get['input'], Get['output']> = (context, input) => {
  checkCount(input.tasks ?? [], GET_MAX_COUNT);
  return context.store.read((tx) => {
    const { found, failures } = lookUp(tx, context, { ...input, tasks: input.tasks ?? [] });
    return { protectedTasks: found.map((task) => shapeOf(task, context.clock.now())), failures };
  });
};

/** Protects 1 to 10 tasks of services from being scaled in or replaced, or ends that. Each call begins the time anew. (PRT-3) */
export const updateTaskProtection: Operation<Update['input'], Update['output']> = (context, input) => {
  checkCount(input.tasks, UPDATE_MAX_COUNT);
  const minutes = input.expiresInMinutes ?? DEFAULT_MINUTES;
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES)
    throw ecsErrors.invalid(`expiresInMinutes must be between 1 and ${MAX_MINUTES}.`);
  return context.store.write((tx) => {
    const now = context.clock.now();
    const { found, failures } = lookUp(tx, context, input);
    const blocked = found.filter((task) => input.protectionEnabled && isBlocked(tx, task, now));
    const until = input.protectionEnabled ? plusMs(now, minutes * 60_000) : undefined;
    const changed = found
      .filter((task) => !blocked.includes(task))
      .map((task) => putTaskProtection(tx, task, until));
    return {
      protectedTasks: changed.map((task) => shapeOf(task, now)),
      failures: [
        ...failures,
        ...blocked.map(({ taskArn }) => ({ arn: taskArn, reason: 'DEPLOYMENT_BLOCKED' })),
      ],
    };
  });
};

function checkCount(texts: readonly string[], most: number): void {
  if (texts.length === 0) throw ecsErrors.tasksEmpty();
  if (texts.length > most) throw ecsErrors.invalid(`Tasks cannot have more than ${most} elements.`);
}

function lookUp(
  tx: ReadTx,
  { installation }: Context,
  input: { readonly cluster: string; readonly tasks: readonly string[] },
): { readonly found: readonly Task[]; readonly failures: readonly Failure[] } {
  const cluster = activeCluster(tx, installation, input.cluster);
  const found: Task[] = [];
  const failures: Failure[] = [];
  for (const arn of new Set(input.tasks.map((text) => taskArnOf(installation, cluster, text)))) {
    const task = tx.get(tasks, arn);
    const isThere = task?.clusterArn === cluster.clusterArn && task.lastStatus !== 'STOPPED';
    if (task === undefined || !isThere) failures.push({ arn, reason: 'MISSING' });
    else if (task.serviceArn === undefined) failures.push({ arn, reason: 'TASK_NOT_VALID' });
    else found.push(task);
  }
  return { found, failures };
}

/** Tasks that are protected already keep the deployment from its end: no more may be. (PRT-4) */
function isBlocked(tx: ReadTx, task: Task, now: Instant): boolean {
  const service = tx.get(services, task.serviceArn ?? '');
  const isOld = service?.deployments[0]?.id !== task.deploymentId;
  return isOld && service?.protectionNotice !== undefined && !isProtected(task, now);
}

function shapeOf(task: Task, now: Instant): ProtectedTask {
  const isOn = isProtected(task, now);
  return {
    taskArn: task.taskArn,
    protectionEnabled: isOn,
    expirationDate: isOn ? task.protectedUntil : undefined,
  };
}
