import { setTimeout as pause } from 'node:timers/promises';
import { type Call, callEcs, repeatCall, type Target } from './load.ts';
import { RUN_CLUSTER } from './seed.ts';

const POLL_MS = 1;
const POLL_ALL_MS = 25;

interface RunTaskOutput {
  readonly tasks: readonly { readonly taskArn: string }[];
  readonly failures: readonly unknown[];
}

interface DescribedTask {
  readonly lastStatus: string;
  readonly stoppedReason?: string;
}

/**
 * Starts one task and waits until it runs; answers how long that took. It is not asked after for `patienceMs`: questions
 * that cannot have the answer yet take the machine's time from those who work for it.
 */
export async function timeToRunning(
  target: Target,
  run: Call,
  patienceMs = 0,
): Promise<{ readonly taskArn: string; readonly ms: number }> {
  const begin = performance.now();
  const { tasks, failures } = await callEcs<RunTaskOutput>(target, run);
  const taskArn = tasks[0]?.taskArn;
  if (taskArn === undefined) throw new Error(`RunTask: ${JSON.stringify(failures)}`);
  const patienceLeftMs = begin + patienceMs - performance.now();
  if (patienceLeftMs > 0) await pause(patienceLeftMs);
  await taskReaches(target, taskArn, 'RUNNING');
  return { taskArn, ms: performance.now() - begin };
}

/** Stops a task and waits for its end. */
export async function stopped(target: Target, taskArn: string): Promise<void> {
  await callEcs(target, { operation: 'StopTask', input: { cluster: RUN_CLUSTER, task: taskArn } });
  await taskReaches(target, taskArn, 'STOPPED');
}

/** Waits until a task is in a status. Rejects when it stops instead. */
export async function taskReaches(target: Target, taskArn: string, status: string): Promise<void> {
  await repeatCall<{ readonly tasks: readonly DescribedTask[] }>(target, {
    call: { operation: 'DescribeTasks', input: { cluster: RUN_CLUSTER, tasks: [taskArn] } },
    pauseMs: POLL_MS,
    isDone: ({ tasks: [task] }) => {
      if (task?.lastStatus === 'STOPPED' && status !== 'STOPPED') {
        throw new Error(`the task stopped: ${task.stoppedReason}`);
      }
      return task?.lastStatus === status;
    },
  });
}

/** Waits until the cluster for started tasks has a host whose agent is connected. */
export async function hostReady(target: Target): Promise<void> {
  await repeatCall<{ readonly containerInstanceArns: readonly string[] }>(target, {
    call: { operation: 'ListContainerInstances', input: { cluster: RUN_CLUSTER } },
    pauseMs: POLL_MS,
    isDone: (output) => output.containerInstanceArns.length > 0,
  });
  await agentIsConnected(target, true);
}

/** Waits until the agent of the one host in the cluster for started tasks is connected, or is not. */
export async function agentIsConnected(target: Target, isConnected: boolean): Promise<void> {
  const { containerInstanceArns } = await callEcs<{ readonly containerInstanceArns: readonly string[] }>(
    target,
    { operation: 'ListContainerInstances', input: { cluster: RUN_CLUSTER } },
  );
  await repeatCall<{ readonly containerInstances: readonly { readonly agentConnected: boolean }[] }>(target, {
    call: {
      operation: 'DescribeContainerInstances',
      input: { cluster: RUN_CLUSTER, containerInstances: containerInstanceArns },
    },
    pauseMs: POLL_MS,
    isDone: ({ containerInstances: [host] }) => host?.agentConnected === isConnected,
  });
}

/** Waits until no task of the cluster for started tasks is on its way. */
export async function allRunning(target: Target): Promise<void> {
  await repeatCall<{ readonly clusters: readonly { readonly pendingTasksCount: number }[] }>(target, {
    call: { operation: 'DescribeClusters', input: { clusters: [RUN_CLUSTER] } },
    pauseMs: POLL_ALL_MS,
    isDone: ({ clusters: [cluster] }) => cluster?.pendingTasksCount === 0,
  });
}
