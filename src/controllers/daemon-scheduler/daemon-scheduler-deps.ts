import type { Clock, Instant } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { AlarmSource } from '../../records/alarms.ts';
import type { Store, WriteTx } from '../../store/store.ts';

/** What a look at a daemon may use. */
export interface DaemonSchedulerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
  readonly alarms: AlarmSource;
}

/** What applying a decision may use. Lives as long as its transaction. */
export type DaemonApplyDeps = Pick<DaemonSchedulerDeps, 'ids' | 'log' | 'installation'> & {
  readonly tx: WriteTx;
  readonly now: Instant;
};
