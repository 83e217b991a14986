import { forgetDefinitions } from '../controllers/retirement/forget-definitions.ts';
import { forgetRetired } from '../controllers/retirement/forget-retired.ts';
import { plusMs } from '../lib/clock.ts';
import { removeOrphanFiles } from '../records/s3.ts';
import { forgetDeletedSecrets } from '../records/secrets.ts';
import type { SharedContext } from './handlers.ts';
import type { Services } from './services.ts';

/** How long after one round the next begins. */
const ROUND_EVERY_MS = 10 * 60_000;

/** A file that no row names after this long was left behind by a crash. */
const ORPHAN_AFTER_MS = 3_600_000;

/**
 * Removes, round after round, what has had its time: expired credentials, deleted clusters, hosts and task definitions,
 * used client tokens, unused blobs,
 * secrets past their recovery window. Log events have a sweep of their own.
 */
export function startHousekeeping(shared: SharedContext, services: Services): { stop(): void } {
  const { clock, store, log } = shared;
  const chores: Readonly<Record<string, () => Promise<unknown>>> = {
    retired: () => forgetRetired(store, clock),
    objects: () => removeOrphanFiles(store, services.objectFiles, clock.now() - ORPHAN_AFTER_MS),
    secrets: () => store.write((tx) => forgetDeletedSecrets(tx, clock.now())),
    taskDefinitions: () => forgetDefinitions(store),
    blobs: () => services.registry.collectGarbage(),
  };
  let cancel = (): void => {};
  let isStopped = false;
  const round = async (): Promise<void> => {
    for (const [chore, run] of Object.entries(chores)) {
      if (isStopped) return;
      await run().catch((error: unknown) => log.warn('housekeeping.failed', { chore, error: String(error) }));
    }
    if (!isStopped) cancel = clock.schedule(plusMs(clock.now(), ROUND_EVERY_MS), () => void round());
  };
  cancel = clock.schedule(plusMs(clock.now(), ROUND_EVERY_MS), () => void round());
  return {
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}
