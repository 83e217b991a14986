import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Instant } from '../../lib/clock.ts';
import { type Refusal, refusal } from '../../link/refusal.ts';
import type { SessionQuery } from '../../link/session-url.ts';
import { containerInstances } from '../../records/collections.ts';
import type { ReadTx, WriteTx } from '../../store/store.ts';

/** The instance behind an upgrade, or why it is refused. (ASN-1) */
export function admit(tx: ReadTx, query: SessionQuery | undefined): ContainerInstance | Refusal {
  if (query === undefined) return refusal('BadRequestException', 'The request names no container instance.');
  const instance = tx.get(containerInstances, query.containerInstanceArn);
  if (instance === undefined || instance.status === 'INACTIVE') {
    return refusal('InactiveInstanceException', 'Container instance is not active.');
  }
  return instance;
}

/** Notes that the agent is there, and which one it is. (ASN-2) */
export function markConnected(
  tx: WriteTx,
  instanceArn: string,
  connection: { query: SessionQuery; now: Instant },
): void {
  const instance = tx.get(containerInstances, instanceArn);
  if (instance === undefined) return;
  const { query, now } = connection;
  tx.put(containerInstances, {
    ...instance,
    agentConnected: true,
    connectivityAt: instance.agentConnected ? instance.connectivityAt : now,
    agentVersion: query.agentVersion ?? instance.agentVersion,
    agentHash: query.agentHash ?? instance.agentHash,
    dockerVersion: query.dockerVersion ?? instance.dockerVersion,
    version: instance.version + 1,
  });
}

/** Notes that the agent is gone. Its tasks run on. (ASN-2) */
export function markDisconnected(tx: WriteTx, instanceArn: string, now: Instant): void {
  const instance = tx.get(containerInstances, instanceArn);
  if (instance?.agentConnected !== true) return;
  tx.put(containerInstances, {
    ...instance,
    agentConnected: false,
    connectivityAt: now,
    version: instance.version + 1,
  });
}

/** How often at most it is noted that an agent was turned away. */
const TURNED_AWAY_NOTE_MS = 60_000;

/** Notes that a second agent with the identity of this instance was turned away; clients see no new version. (HARD-41) */
export function markTurnedAway(tx: WriteTx, instanceArn: string, now: Instant): void {
  const instance = tx.get(containerInstances, instanceArn);
  if (instance === undefined || now - (instance.turnedAwayAt ?? 0) < TURNED_AWAY_NOTE_MS) return;
  tx.put(containerInstances, { ...instance, turnedAwayAt: now });
}

/** After a start of the control plane no agent is connected yet, whatever the rows say. (ASN-2) */
export function markAllDisconnected(tx: WriteTx, now: Instant): void {
  for (const instance of tx.all(containerInstances)) markDisconnected(tx, instance.containerInstanceArn, now);
}
