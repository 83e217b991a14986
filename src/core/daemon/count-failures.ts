import type { Daemon, DaemonSetback } from '../../domain/daemon.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import { nextLaunchAt } from '../deployment/back-off.ts';
import { BLAMELESS_STOP_CODES } from '../deployment/count-outcomes.ts';
import { UNHEALTHY_REASON } from '../deployment/event-texts.ts';
import type { DaemonTask, DaemonView } from './daemon-view.ts';

/** A task that ran this long ends the run of failures on its host. (MDM-25) */
const GOOD_RUN_MS = 60_000;

/** What the ends of tasks say. */
export interface CountedFailures {
  readonly setbacks: Daemon['setbacks'];
  /** How many failures of the target revision there were. */
  readonly failureCount: number;
}

/** Counts each end of a task once, and forgets the failures on hosts that are the daemon's no more. (MDM-25, MDM-26) */
export function countFailures({ daemon, places, endedTasks, now }: DaemonView): CountedFailures {
  const isPlace = new Set(places.map(({ instanceArn }) => instanceArn));
  const entries = Object.entries(daemon.setbacks).filter(([instanceArn]) => isPlace.has(instanceArn));
  const setbacks: Record<string, DaemonSetback> = Object.fromEntries(entries);
  let failureCount = 0;
  for (const task of endedTasks) {
    const { instanceArn = '', daemonRevisionArn, taskArn } = task;
    if (daemonRevisionArn !== daemon.targetRevisionArn || !hasFailed(task)) continue;
    failureCount += 1;
    if (!isPlace.has(instanceArn)) continue;
    const before = hasRunWell(task) ? undefined : setbacks[instanceArn];
    setbacks[instanceArn] = setbackAfter(before, {
      failureType: 'TASK_FAILED_TO_RUN',
      reason: failureReason(task),
      taskArn,
      now,
    });
  }
  const isSame = failureCount === 0 && entries.length === Object.keys(daemon.setbacks).length;
  return { setbacks: isSame ? daemon.setbacks : setbacks, failureCount };
}

/** One more failed start on a host, and the pause after it: longer after each, as with services. (MDM-25, DEP-8) */
export function setbackAfter(
  before: DaemonSetback | undefined,
  failure: Pick<DaemonSetback, 'failureType' | 'reason' | 'taskArn'> & { readonly now: Instant },
): DaemonSetback {
  const { now, ...rest } = failure;
  const failureCount = (before?.failureCount ?? 0) + 1;
  return { ...rest, failureCount, at: now, retryAt: nextLaunchAt(now, failureCount) ?? now };
}

/** Somebody's wish and the host's fate are no failures. */
const hasFailed = ({ stopCode, stoppedReason }: DaemonTask): boolean =>
  stoppedReason === UNHEALTHY_REASON || !BLAMELESS_STOP_CODES.includes(stopCode);

const hasRunWell = ({ startedAt, stoppedAt }: DaemonTask): boolean =>
  startedAt !== undefined && stoppedAt !== undefined && plusMs(startedAt, GOOD_RUN_MS) <= stoppedAt;

function failureReason({ startedAt, stoppedReason = '' }: DaemonTask): string {
  const what = startedAt === undefined ? 'Task failed to reach RUNNING status' : 'Task stopped';
  return stoppedReason === '' ? what : `${what}: ${stoppedReason}`;
}
