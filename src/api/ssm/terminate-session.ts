import { execSessions, terminateExecSession } from '../../records/exec-sessions.ts';
import type { SsmOperation } from './operation-record.ts';
import { ssmSessionErrors } from './session-errors.ts';

/** Ends a session for good, with its command. Doing it again changes nothing. (EXE-42) */
export const terminateSession: SsmOperation<'TerminateSession'> = async (context, { SessionId }) =>
  context.store.write((tx) => {
    if (tx.get(execSessions, SessionId) === undefined) throw ssmSessionErrors.sessionUnknown(SessionId);
    terminateExecSession(tx, SessionId, context.clock.now());
    return { SessionId };
  });
