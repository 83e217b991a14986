import type { SsmOperationRecord } from './operation-record.ts';
import { resumeSession } from './resume-session.ts';
import { terminateSession } from './terminate-session.ts';

/** The operations of sessions: what a client of ECS Exec calls when its connection is lost. */
export const ssmSessionOperations: SsmOperationRecord = {
  ResumeSession: resumeSession,
  TerminateSession: terminateSession,
};
