import type { LogEvents } from '../domain/log-events.ts';
import { expiryCutMs } from '../domain/logs.ts';
import type { Instant } from '../lib/clock.ts';
import type { Store } from '../store/store.ts';
import { logGroups, logStreams } from './logs.ts';

/**
 * Deletes events that have expired, and those whose stream is gone: a crash between the deletion of a stream and
 * that of its events leaves such. Safe to run at any time and any number of times. (LOG-5, LOG-6)
 */
export async function sweepLogEvents(store: Store, events: LogEvents, now: Instant): Promise<void> {
  const owners = events.owners();
  const orphans = store.read((tx) =>
    owners.filter(({ streamId }) => tx.find(logStreams, 'id', streamId, { limit: 1 }).length === 0),
  );
  for (const { streamId } of orphans) await events.deleteStream(streamId);
  for (const group of store.read((tx) => tx.all(logGroups))) {
    const beforeMs = expiryCutMs(group, now);
    if (beforeMs > 0) await events.expire(group.groupId, beforeMs);
  }
}
