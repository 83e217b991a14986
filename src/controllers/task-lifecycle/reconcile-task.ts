import { finishTask } from '../../core/task/fold-report.ts';
import type { TaskStep } from '../../core/task/next-step.ts';
import { nextTaskStep } from '../../core/task/next-step.ts';
import type { Task } from '../../domain/task.ts';
import { unreachable } from '../../lib/assert.ts';
import type { Clock, Instant } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { containerInstances, tasks } from '../../records/collections.ts';
import { withPayloadNumber } from '../../records/payload-number.ts';
import { updateTask } from '../../records/tasks.ts';
import type { ReadTx, Store, WriteTx } from '../../store/store.ts';
import type { TaskLifecycleSettings } from './start-task-lifecycle.ts';

/** What every loop of the lifecycle works with. */
export interface LifecycleDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: TaskLifecycleSettings;
  /** Since when hosts have been listened for, by the clock as it is set now. */
  readonly listeningSince: () => Instant;
}

/** Takes the next step with one task. Any number of calls does no harm. */
export async function reconcileTask(deps: LifecycleDeps, taskArn: string): Promise<void> {
  // Most tasks need nothing: a look before the transaction spares the store's writer.
  if (deps.store.read((tx) => stepOf(deps, tx, taskArn)).kind === 'wait') return;
  const task = await deps.store.write((tx) => takeStep(deps, tx, taskArn));
  if (task?.lastStatus === 'STOPPED') {
    deps.log.info('task.stopped', { taskArn, stopCode: task.stopCode, stoppedReason: task.stoppedReason });
  }
}

function stepOf(deps: LifecycleDeps, tx: ReadTx, taskArn: string): TaskStep {
  const task = tx.get(tasks, taskArn);
  if (task === undefined) return { kind: 'wait' };
  return nextTaskStep({
    now: deps.clock.now(),
    task,
    host: task.instanceArn === undefined ? undefined : tx.get(containerInstances, task.instanceArn),
    listeningSince: deps.listeningSince(),
    settings: deps.settings,
  });
}

/** Decides again on the newest state, which may be ahead of what the look before saw. */
function takeStep(deps: LifecycleDeps, tx: WriteTx, taskArn: string): Task | undefined {
  const task = tx.get(tasks, taskArn);
  const step = stepOf(deps, tx, taskArn);
  if (task === undefined) return undefined;
  switch (step.kind) {
    case 'attach': {
      const eni = task.networkInterface;
      const attached: Task = {
        ...task,
        lastStatus: 'PENDING',
        networkInterface: eni === undefined ? undefined : { ...eni, status: 'ATTACHED' },
      };
      return updateTask(tx, withPayloadNumber(tx, attached, deps.clock.now()));
    }
    case 'finish':
      return updateTask(tx, finishTask(task, deps.clock.now(), step.cause));
    case 'wait':
      return undefined;
    default:
      return unreachable(step);
  }
}
