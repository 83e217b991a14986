import type { Instant } from '../lib/clock.ts';

/** So many sessions a container may have at once, as with AWS's agent. (EXE-7) */
export const EXEC_SESSIONS_PER_CONTAINER = 2;

/** AWS's text for one more. */
export const TOO_MANY_EXEC_SESSIONS = `Unable to start new execute sessions because the maximum session limit of ${EXEC_SESSIONS_PER_CONTAINER} has been reached.`;

/** Where the transcript of a session goes: to a log group, to a bucket, or to both. */
export interface ExecTranscript {
  readonly logGroupName?: string | undefined;
  /** Where one object is put at the end of the session. */
  readonly object?: { readonly bucket: string; readonly keyPrefix: string } | undefined;
  /** Text for the end of the session when the group may not be written as it was asked for; nothing else happens then. */
  readonly refusal?: string | undefined;
}

/**
 * A command that runs, ran or is to run in a container beside its own program. Written by ExecuteCommand and the SSM
 * session operations, and moved on by the exec controller; a session does not outlive the control plane that serves it.
 */
export interface ExecSession {
  /** `ecs-execute-command-` and 17 hexadecimal characters. */
  readonly sessionId: string;
  /** `ecs:<cluster>_<task>_<runtime id>`. */
  readonly target: string;
  readonly taskArn: string;
  readonly containerName: string;
  readonly runtimeId: string;
  readonly instanceArn: string;
  /** As the caller wrote it, to be split into words where it runs. It may hold secrets: it is never logged. */
  readonly command: string;
  /** Who asked. */
  readonly ownerArn: string;
  /** What a client has to show to connect. It is good for one connection. */
  readonly token: string;
  readonly tokenExpiresAt: Instant;
  /** CREATED until a client has connected for the first time. It never goes back. */
  readonly status: 'CREATED' | 'CONNECTED' | 'TERMINATED';
  readonly createdAt: Instant;
  readonly endedAt?: Instant | undefined;
  readonly transcript?: ExecTranscript | undefined;
}
