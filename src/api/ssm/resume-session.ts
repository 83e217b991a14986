import { plusMs } from '../../lib/clock.ts';
import { execSessions } from '../../records/exec-sessions.ts';
import { streamUrlOf } from '../ecs/execute-command.ts';
import type { SsmOperation } from './operation-record.ts';
import { ssmSessionErrors } from './session-errors.ts';

/** How long a client that comes back may take to connect. */
const TOKEN_MS = 60_000;

/** Gives a client that lost its connection a new token; one whose session is over gets none. (EXE-42) */
export const resumeSession: SsmOperation<'ResumeSession'> = async (context, { SessionId }) => {
  const { store, clock, ids } = context;
  return store.write((tx) => {
    const row = tx.get(execSessions, SessionId);
    if (row === undefined) throw ssmSessionErrors.sessionUnknown(SessionId);
    if (row.status === 'TERMINATED') return { SessionId };
    const token = ids.secret(64);
    tx.put(execSessions, { ...row, token, tokenExpiresAt: plusMs(clock.now(), TOKEN_MS) });
    return { SessionId, TokenValue: token, StreamUrl: streamUrlOf(context, SessionId) };
  });
};
