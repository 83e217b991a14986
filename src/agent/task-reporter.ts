import { AwsError } from './aws-call.ts';
import { backoffMs, SUBMIT_BACKOFF } from './backoff.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { LiveTask } from './live-task.ts';
import { pause } from './pause.ts';
import { type DueReport, dueReport } from './task-report.ts';

/** Changes of single containers of a running task are gathered for this long. (AGT-7) */
const GATHER_MS = 1_000;

/** Reports a task's states in order until STOPPED is accepted or the agent stops. (AGT-7, AGT-8) */
export async function reportTask(deps: EngineDeps, live: LiveTask): Promise<void> {
  while (!live.closing.aborted && live.record.sent !== 'STOPPED') {
    const due = dueReport(live.record, clusterOf(deps, live));
    if (due === undefined) {
      await live.changed();
      continue;
    }
    const gathered = due.isBatchable ? await gather(deps, live) : due;
    if (gathered !== undefined && (await submitted(deps, live, gathered))) live.change(gathered.accepted);
  }
}

/** Waits for more to tell, but not when the task is over: that is to be known at once. */
async function gather(deps: EngineDeps, live: LiveTask): Promise<DueReport | undefined> {
  let isEnough = false;
  // A timer, not an instant: the clock of the host may be set meanwhile. (HARD-51)
  const enough = pause(deps.clock, GATHER_MS, live.closing).then(() => {
    isEnough = true;
  });
  while (!live.record.isStopped && !live.closing.aborted && !isEnough)
    await Promise.race([live.changed(), enough]);
  return dueReport(live.record, clusterOf(deps, live));
}

/** Tries until the report is accepted, or refused for what it says; false when the agent stops before that. */
async function submitted(deps: EngineDeps, live: LiveTask, { change }: DueReport): Promise<boolean> {
  for (let attempt = 1; !live.closing.aborted; attempt += 1) {
    try {
      await deps.submit(change);
      return true;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'InvalidParameterException') {
        deps.log.warn('task.report-refused', {
          task: live.taskId,
          status: change.status,
          error: error.message,
        });
        return true;
      }
      deps.log.debug('task.report-failed', {
        task: live.taskId,
        status: change.status,
        error: String(error),
      });
      await pause(deps.clock, backoffMs(SUBMIT_BACKOFF, attempt, deps.rng), live.closing);
    }
  }
  return false;
}

/** A host of the pool has no cluster of its own. */
const clusterOf = (deps: EngineDeps, live: LiveTask): string =>
  deps.cluster === '' ? live.record.payload.taskClusterArn : deps.cluster;
