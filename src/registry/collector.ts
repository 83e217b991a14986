import { type Clock, plusMs } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { images, repositories } from '../records/ecr.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from './registry.ts';

/** The collector runs at least this often. */
const INTERVAL_MS = 3_600_000;

/** After images were deleted it runs this much later, so that many deletions cost one run. */
const AFTER_DELETION_MS = 5_000;

/** Keeps the collector running until the returned function is called; a run under way then ends by itself. (REG-10) */
export function startCollector(ports: {
  readonly registry: Registry;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}): () => void {
  const { registry, store, clock, log } = ports;
  const watched = new Set<string>([images.name, repositories.name]);
  let cancelTimer = (): void => {};
  let isSoon = false;
  let isStopped = false;
  const plan = (waitMs: number): void => {
    cancelTimer();
    isSoon = waitMs < INTERVAL_MS;
    cancelTimer = clock.schedule(plusMs(clock.now(), waitMs), () => void run());
  };
  const run = async (): Promise<void> => {
    isSoon = false;
    // The next run is planned before this one begins, so that a deletion meanwhile brings it forward.
    plan(INTERVAL_MS);
    try {
      await registry.collectGarbage();
    } catch (error) {
      if (!isStopped) log.error('registry.collection-failed', { cause: String(error) });
    }
  };
  plan(INTERVAL_MS);
  const unwatch = store.watch(({ changes }) => {
    const isDeletion = changes.some(
      ({ collection, after }) => after === undefined && watched.has(collection),
    );
    if (isDeletion && !isSoon) plan(AFTER_DELETION_MS);
  });
  return () => {
    isStopped = true;
    unwatch();
    cancelTimer();
  };
}
