import { type Instant, plusMs } from '../../lib/clock.ts';

/**
 * Pauses before the next start, by how many starts in a row have failed. AWS publishes only the longest one, 27
 * minutes, and that the steps grow; these steps are ours. The first ones are short, so that a circuit breaker with the
 * least threshold decides within seconds. (DEP-8; AWS: service-throttle-logic)
 */
const PAUSE_SECONDS = [0, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 1620] as const;

/** The run of failures at which users are told; once in each run. (DEP-8) */
export const BACK_OFF_EVENT_FAILURES = 4;

/** No task is started before the answered instant, when `failures` starts in a row have failed. (DEP-8) */
export function nextLaunchAt(now: Instant, failures: number): Instant | undefined {
  if (failures === 0) return undefined;
  const seconds = PAUSE_SECONDS[Math.min(failures, PAUSE_SECONDS.length - 1)] ?? 0;
  return plusMs(now, seconds * 1000);
}
