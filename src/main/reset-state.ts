import type { AgentSessions } from '../controllers/agent-sessions/agent-sessions.ts';
import { clearState } from '../records/clear-state.ts';
import type { SharedContext } from './handlers.ts';
import type { Services } from './services.ts';

/**
 * Makes the installation as it was after its first start, keys and hosts of the pool excepted. Hosts
 * hear that none of their tasks is wanted any more, and stop them; they stay connected, so that a task can be run at once.
 */
export async function resetState(
  shared: SharedContext,
  services: Services,
  sessions: AgentSessions,
): Promise<void> {
  await shared.store.write((tx) => clearState(tx));
  for (const groupId of new Set(services.logEvents.owners().map((owner) => owner.groupId))) {
    await services.logEvents.deleteGroup(groupId);
  }
  await services.registry.collectGarbage({ linkMs: 0, fileMs: 0, uploadMs: 0 });
  await sessions.recallAll();
}
