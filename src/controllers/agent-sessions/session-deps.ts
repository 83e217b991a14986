import type { Clock } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { TaskMetrics } from '../../link/tcs-messages.ts';
import type { Store } from '../../store/store.ts';

/** What the sessions of all hosts share. */
export interface SessionDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
  /** Hears the measurements of tasks; they are too many for the store. */
  readonly onMetrics?: ((instanceArn: string, metrics: readonly TaskMetrics[]) => void) | undefined;
}
