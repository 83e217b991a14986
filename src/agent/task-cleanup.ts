import { instant, plusMs } from '../lib/clock.ts';
import { errorText } from '../lib/error-text.ts';
import { backoffMs, REMOVE_BACKOFF } from './backoff.ts';
import type { TaskDeps } from './engine-deps.ts';
import { type LiveTask, taskDocument } from './live-task.ts';
import { pause } from './pause.ts';
import { forgetOutput } from './task-logs.ts';

/** Output that no service accepted for this long is given up with its container. */
const DRAIN_MAX_MS = 3 * 3_600_000;

/**
 * Waits until the output is shipped, STOPPED is accepted and the wait is over or the disk full; then removes everything.
 * What cannot be removed just now is tried again: only the record knows whose it is. (AGT-15, LIF-22, HARD-2)
 */
export async function cleanUp(deps: TaskDeps, live: LiveTask): Promise<void> {
  if (live.record.drainedAtMs === undefined) await drain(deps, live);
  const keepUntil = plusMs(instant(live.record.drainedAtMs ?? 0), deps.settings.cleanupWaitMs);
  while (!live.closing.aborted) {
    // One look at the clock for both questions: the wait may be over between two.
    const isEarly = deps.clock.now() < keepUntil;
    if (live.record.sent === 'STOPPED' && (!isEarly || deps.images.isDiskFull())) break;
    await live.changed(isEarly ? keepUntil : undefined);
  }
  for (let attempt = 1; !live.closing.aborted; attempt += 1) {
    try {
      return await removeAll(deps, live);
    } catch (error) {
      deps.log.warn('task.not-removed', { task: live.taskId, error: errorText(error) });
      await pause(deps.clock, backoffMs(REMOVE_BACKOFF, attempt, deps.rng), live.closing);
    }
  }
}

async function drain(deps: TaskDeps, live: LiveTask): Promise<void> {
  const drains = Promise.all([...live.shippers.values()].map((shipper) => shipper.drained));
  const enough = new AbortController();
  const limit = pause(deps.clock, DRAIN_MAX_MS, AbortSignal.any([live.closing, enough.signal]));
  await Promise.race([drains, limit]);
  enough.abort();
  if (live.closing.aborted) return;
  const now = deps.clock.now();
  live.change((record) => ({ ...record, drainedAtMs: now }));
}

/** The record goes last, when nothing is left that it would be needed for. May be repeated. */
async function removeAll(deps: TaskDeps, live: LiveTask): Promise<void> {
  const { payload, containers } = live.record;
  // One that the engine made after nobody waited for it any more is known by its name alone.
  for (const { runtimeId, engineName } of containers)
    await deps.driver.removeContainer(runtimeId ?? engineName);
  // What a container held while it was there, as its cgroup.
  await deps.driver.releaseSandbox(live.taskId);
  await deps.volumes.remove(payload);
  await deps.firelens.remove(live.taskId);
  await live.saved();
  await forgetOutput(deps, live);
  await deps.state.remove(taskDocument(live.taskId));
  for (const role of [payload.roleCredentials, payload.executionRoleCredentials]) {
    if (role !== undefined) deps.book.forget(role.credentialsId);
  }
}
