import type { LogEvents } from '../../domain/log-events.ts';
import { type Clock, plusMs } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import type { Log } from '../../lib/log.ts';
import { sweepLogEvents } from '../../records/log-sweep.ts';
import type { Store } from '../../store/store.ts';

/** Time from the end of one sweep to the next. Readers do not see expired events meanwhile: this frees the disk. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

/** What the sweep works on. */
export interface LogSweepDeps {
  readonly store: Store;
  readonly events: LogEvents;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sweeps now and every hour until the returned function is called. (LOG-5, LOG-6) */
export function startLogSweep({ store, events, clock, log }: LogSweepDeps): () => void {
  let isStopped = false;
  let cancel = (): void => {};
  const sweep = async (): Promise<void> => {
    try {
      await sweepLogEvents(store, events, clock.now());
    } catch (error) {
      log.error('logs.sweep-failed', { reason: errorText(error) });
    }
    if (!isStopped) cancel = clock.schedule(plusMs(clock.now(), SWEEP_EVERY_MS), () => void sweep());
  };
  void sweep();
  return () => {
    isStopped = true;
    cancel();
  };
}
