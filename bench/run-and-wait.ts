import { setTimeout as pause } from 'node:timers/promises';
import { type Call, callEcs, type Target } from './load.ts';
import { RUN_CLUSTER } from './seed.ts';

const POLL_MS = 3;
const WAIT_MAX_MS = 60_000;

interface RunTaskOutput {
  readonly tasks: readonly { readonly taskArn: string }[];
  readonly failures: readonly unknown[];
}

interface DescribedTask {
  readonly lastStatus: string;
  readonly stoppedReason?: string;
}

/** Starts one task and waits until it runs; answers how long that took. */
export async function timeToRunning(
  target: Target,
  run: Call,
): Promise<{ readonly taskArn: string; readonly ms: number }> {
  const begin = performance.now();
  const { tasks, failures } = await callEcs<RunTaskOutput>(target, run);
  const taskArn = tasks[0]?.taskArn;
  if (taskArn === undefined) throw new Error(`RunTask: ${JSON.stringify(failures)}`);
  await taskReaches(target, taskArn, 'RUNNING');
  return { taskArn, ms: performance.now() - begin };
}

/** Stops a task and waits for its end. */
export async function stopped(target: Target, taskArn: string): Promise<void> {
  await callEcs(target, { operation: 'StopTask', input: { cluster: RUN_CLUSTER, task: taskArn } });
  await taskReaches(target, taskArn, 'STOPPED');
}

async function taskReaches(target: Target, taskArn: string, status: string): Promise<void> {
  const call: Call = { operation: 'DescribeTasks', input: { cluster: RUN_CLUSTER, tasks: [taskArn] } };
  await until(async () => {
    const { tasks } = await callEcs<{ tasks: readonly DescribedTask[] }>(target, call);
    const [task] = tasks;
    if (task?.lastStatus === 'STOPPED' && status !== 'STOPPED') {
      throw new Error(`the task stopped: ${task.stoppedReason}`);
    }
    return task?.lastStatus === status;
  });
}

/** Waits until the cluster for started tasks has a host whose agent is connected. */
export async function hostReady(target: Target): Promise<void> {
  const list: Call = { operation: 'ListContainerInstances', input: { cluster: RUN_CLUSTER } };
  await until(async () => {
    const { containerInstanceArns: arns } = await callEcs<{ containerInstanceArns: readonly string[] }>(
      target,
      list,
    );
    if (arns.length === 0) return false;
    const { containerInstances } = await callEcs<{
      containerInstances: readonly { agentConnected: boolean }[];
    }>(target, {
      operation: 'DescribeContainerInstances',
      input: { cluster: RUN_CLUSTER, containerInstances: arns },
    });
    return containerInstances[0]?.agentConnected === true;
  });
}

/** Waits until no task of the cluster for started tasks is on its way. */
export async function allRunning(target: Target): Promise<void> {
  const call: Call = { operation: 'DescribeClusters', input: { clusters: [RUN_CLUSTER] } };
  await until(async () => {
    const { clusters } = await callEcs<{ clusters: readonly { pendingTasksCount: number }[] }>(target, call);
    return clusters[0]?.pendingTasksCount === 0;
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MAX_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await pause(POLL_MS);
  }
}
