import type { ExecSession } from '../domain/exec-session.ts';
import type { Instant } from '../lib/clock.ts';
import type { Collection, WriteTx } from '../store/store.ts';

/** Exec sessions by id. */
export const execSessions: Collection<ExecSession, 'container' | 'live'> = {
  name: 'exec-sessions',
  key: (row) => row.sessionId,
  indexes: {
    /** `<runtimeId>` of those that are not TERMINATED. */
    container: (row) => (row.status === 'TERMINATED' ? undefined : row.runtimeId),
    live: (row) => (row.status === 'TERMINATED' ? 'over' : 'live'),
  },
};

/** Marks a session as over. One that is over already, or unknown, stays as it is. */
export function terminateExecSession(tx: WriteTx, sessionId: string, now: Instant): void {
  const row = tx.get(execSessions, sessionId);
  if (row === undefined || row.status === 'TERMINATED') return;
  tx.put(execSessions, { ...row, status: 'TERMINATED', endedAt: now });
}
