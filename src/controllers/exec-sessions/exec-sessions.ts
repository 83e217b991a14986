import {
  EXEC_SESSIONS_PER_CONTAINER,
  type ExecSession,
  TOO_MANY_EXEC_SESSIONS,
} from '../../domain/exec-session.ts';
import { type Clock, type Instant, plusMs } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { AcsCommand } from '../../link/acs-messages.ts';
import type { ByteSocket } from '../../link/byte-socket.ts';
import { readOpenDataChannel } from '../../link/data-channel-texts.ts';
import { execSessions, terminateExecSession } from '../../records/exec-sessions.ts';
import type { Change, Store, WriteTx } from '../../store/store.ts';
import { LiveSession } from './live-session.ts';

/** What serving exec sessions needs. */
export interface ExecSessionsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly resumeWindowMs: number;
  /** Sends a command to a host that is connected; false when it is not. */
  readonly tellAgent: (instanceArn: string, command: AcsCommand) => boolean;
  /** Takes what the terminal of a session shows, and keeps it when `end` is called. Undefined keeps nothing. */
  readonly transcriptOf?: ((row: ExecSession) => Transcript | undefined) | undefined;
}

/** Where what a session shows is kept. */
export interface Transcript {
  write(bytes: Uint8Array): void;
  /** Resolves when everything is kept, or could not be; it does not reject. */
  end(): Promise<void>;
}

/** The control plane's side of all exec sessions: clients' data channels and agents' terminals. */
export interface ExecSessions {
  /** Serves a client's connection to the data channel of a session; closes it when there is no such session. */
  clientConnected(sessionId: string, socket: ByteSocket): void;
  /** Serves the connection of the agent of a host; closes it when the session does not wait for that host. */
  agentConnected(
    session: { readonly sessionId: string; readonly instanceArn: string },
    socket: ByteSocket,
  ): void;
  /** How many sessions have clients or may get them back. */
  liveCount(): number;
  /** Ends everything at once; resolves when transcripts are kept. */
  close(): Promise<void>;
}

/** A client that connects says who it is within this long. */
const OPEN_WAIT_MS = 10_000;
/** Sessions that nobody connected to, and rows of old ones, are looked for this often. (EXE-43) */
const SWEEP_MS = 60_000;
/** The row of a session stays this long after its end, so that a client that asks hears that it is over. (EXE-43) */
const KEEP_MS = 3_600_000;
const POLICY_VIOLATION = 1008;

/** Starts serving. Sessions that a control plane before this one served are over. (EXE-44) */
export async function startExecSessions(deps: ExecSessionsDeps): Promise<ExecSessions> {
  const sessions = new SessionTable(deps);
  await sessions.begin();
  return sessions;
}

class SessionTable implements ExecSessions {
  readonly #deps: ExecSessionsDeps;
  readonly #live = new Map<string, LiveSession>();
  /** Transcripts of ended sessions that are being written. */
  readonly #keeping = new Set<Promise<void>>();
  #unwatch: () => void = () => {};
  #cancelSweep: () => void = () => {};

  constructor(deps: ExecSessionsDeps) {
    this.#deps = deps;
  }

  async begin(): Promise<void> {
    const { store } = this.#deps;
    this.#unwatch = store.watch(({ changes }) => {
      for (const change of changes) this.#changed(change);
    });
    await store.write((tx) => {
      const now = this.#deps.clock.now();
      for (const row of tx.find(execSessions, 'live', 'live')) {
        if (row.status === 'CONNECTED') terminateExecSession(tx, row.sessionId, now);
      }
    });
    this.#scheduleSweep();
  }

  clientConnected(sessionId: string, socket: ByteSocket): void {
    const { clock } = this.#deps;
    let session: LiveSession | undefined;
    const cancelWait = clock.schedule(plusMs(clock.now(), OPEN_WAIT_MS), () =>
      socket.close(POLICY_VIOLATION, 'no OpenDataChannel message'),
    );
    socket.onFrame((frame) => {
      if (session !== undefined) {
        session.clientFrame(socket, frame);
        return;
      }
      cancelWait();
      session = this.#opened(sessionId, socket, frame);
      if (session === undefined) socket.close(POLICY_VIOLATION, 'the token is not valid for this session');
    });
    socket.onClose(() => {
      cancelWait();
      session?.clientClosed(socket);
    });
  }

  agentConnected(
    { sessionId, instanceArn }: { readonly sessionId: string; readonly instanceArn: string },
    socket: ByteSocket,
  ): void {
    const session = this.#live.get(sessionId);
    if (session?.row.instanceArn === instanceArn && session.awaitsAgent) {
      session.agentAttached(socket);
      return;
    }
    socket.onClose(() => {});
    socket.close(POLICY_VIOLATION, 'no session waits for this host');
  }

  liveCount(): number {
    return this.#live.size;
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#cancelSweep();
    for (const session of [...this.#live.values()]) session.drop();
    await Promise.all(this.#keeping);
  }

  /** The session behind a client's first frame; undefined when its token is not good. (EXE-21) */
  #opened(sessionId: string, socket: ByteSocket, frame: string | Uint8Array): LiveSession | undefined {
    const text = typeof frame === 'string' ? frame : new TextDecoder().decode(frame);
    const open = readOpenDataChannel(text);
    const row = this.#deps.store.read((tx) => tx.get(execSessions, sessionId));
    if (open === undefined || row === undefined || row.status === 'TERMINATED') return undefined;
    const session = this.#live.get(sessionId) ?? this.#begun(row);
    if (!session.accepts(open.tokenValue, row)) return undefined;
    this.#live.set(sessionId, session);
    session.clientAttached(socket, open.tokenValue);
    if (row.status === 'CREATED') this.#write((tx) => markConnected(tx, sessionId));
    return session;
  }

  #begun(row: ExecSession): LiveSession {
    const { sessionId, taskArn, containerName, runtimeId, command, instanceArn } = row;
    const { ids, log, tellAgent, transcriptOf } = this.#deps;
    const transcript = transcriptOf?.(row);
    return new LiveSession(
      {
        ...this.#deps,
        refusal: row.transcript?.refusal ?? this.#limitRefusal(runtimeId),
        askAgent: () => {
          log.info('exec-session.begins', { sessionId, taskArn, containerName });
          const message = { messageId: ids.uuid(), sessionId, taskArn, containerName, runtimeId, command };
          return tellAgent(instanceArn, { type: 'StartExecSessionMessage', message });
        },
        onOutput: (bytes) => transcript?.write(bytes),
        onEnded: () => {
          log.info('exec-session.ended', { sessionId });
          if (transcript !== undefined) this.#keep(transcript);
          this.#live.delete(sessionId);
          const now = this.#deps.clock.now();
          this.#write((tx) => terminateExecSession(tx, sessionId, now));
        },
      },
      row,
    );
  }

  #keep(transcript: Transcript): void {
    const keeping = transcript.end().finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Several may have been asked for before the first has connected. (EXE-7) */
  #limitRefusal(runtimeId: string): string | undefined {
    const others = [...this.#live.values()].filter(({ row }) => row.runtimeId === runtimeId);
    return others.length >= EXEC_SESSIONS_PER_CONTAINER ? TOO_MANY_EXEC_SESSIONS : undefined;
  }

  /** A session that was terminated by request loses its client, and its command ends. (EXE-42) */
  #changed(change: Change): void {
    if (change.collection !== 'exec-sessions') return;
    const row = change.after as ExecSession | undefined;
    if (row === undefined || row.status === 'TERMINATED') this.#live.get(change.key)?.end('');
  }

  #scheduleSweep(): void {
    const { clock } = this.#deps;
    this.#cancelSweep = clock.schedule(plusMs(clock.now(), SWEEP_MS), () => {
      const now = clock.now();
      if (this.#isSweepDue(now)) this.#write((tx) => sweep(tx, now));
      this.#scheduleSweep();
    });
  }

  #isSweepDue(now: Instant): boolean {
    return this.#deps.store.read((tx) =>
      tx.all(execSessions).some((row) => isOverdue(row, now) || isOld(row, now)),
    );
  }

  /** Later, because this may be called while the store tells its watchers of a commit. */
  #write(work: (tx: WriteTx) => void): void {
    Promise.resolve()
      .then(() => this.#deps.store.write(work))
      .catch((error: unknown) => {
        this.#deps.log.warn('exec-session.write-failed', { error: errorText(error) });
      });
  }
}

function markConnected(tx: WriteTx, sessionId: string): void {
  const row = tx.get(execSessions, sessionId);
  if (row?.status === 'CREATED') tx.put(execSessions, { ...row, status: 'CONNECTED' });
}

const isOverdue = (row: ExecSession, now: Instant): boolean =>
  row.status === 'CREATED' && now >= row.tokenExpiresAt;

const isOld = (row: ExecSession, now: Instant): boolean =>
  row.endedAt !== undefined && now - row.endedAt >= KEEP_MS;

function sweep(tx: WriteTx, now: Instant): void {
  for (const row of tx.all(execSessions)) {
    if (isOld(row, now)) tx.delete(execSessions, row.sessionId);
    else if (isOverdue(row, now)) terminateExecSession(tx, row.sessionId, now);
  }
}
