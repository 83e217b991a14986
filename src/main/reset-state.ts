import type { AgentSessions } from '../controllers/agent-sessions/agent-sessions.ts';
import type { MetricCollector } from '../controllers/metrics/collect-metrics.ts';
import type { EventArchive } from '../domain/events.ts';
import { clearState } from '../records/clear-state.ts';
import { removeOrphanFiles } from '../records/s3.ts';
import type { SharedContext } from './handlers.ts';
import type { Services } from './services.ts';

/**
 * Makes the installation as it was after its first start, keys and hosts of the pool excepted. Hosts
 * hear that none of their tasks is wanted any more, and stop them; they stay connected, so that a task can be run at once.
 */
export async function resetState(
  shared: SharedContext,
  files: Services & { readonly archive: EventArchive; readonly collector: MetricCollector },
  sessions: AgentSessions,
): Promise<void> {
  await shared.store.write((tx) => clearState(tx));
  for (const groupId of new Set(files.logEvents.owners().map((owner) => owner.groupId))) {
    await files.logEvents.deleteGroup(groupId);
  }
  // After the rows: what the outbox held until then is in the archive, or gone with them.
  await files.archive.clear();
  await files.collector.clear();
  await removeOrphanFiles(shared.store, files.objectFiles, Number.POSITIVE_INFINITY);
  await files.registry.collectGarbage({ linkMs: 0, fileMs: 0, uploadMs: 0 });
  await sessions.recallAll();
}
