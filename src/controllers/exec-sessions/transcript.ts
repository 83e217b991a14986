import type { ExecSession } from '../../domain/exec-session.ts';
import type { LogEvents, NewLogEvent } from '../../domain/log-events.ts';
import type { LogStream } from '../../domain/logs.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import { eventBytes } from '../../lib/event-bytes.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import { logGroups, logStreamKey, logStreams } from '../../records/logs.ts';
import type { Store } from '../../store/store.ts';
import type { Transcript } from './exec-sessions.ts';
import { shownLines } from './shown-lines.ts';

/** What keeping transcripts needs. */
export interface TranscriptDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly events: LogEvents;
}

/** Lines are written when so many bytes of them wait, and at the end of the session. */
const BATCH_BYTES = 256 * 1024;

/** Keeps what the terminal of a session shows as events of a stream with the session's name. (EXE-50) */
export function logTranscript(deps: TranscriptDeps, row: ExecSession): Transcript | undefined {
  const { transcript } = row;
  if (transcript === undefined || transcript.refusal !== undefined) return undefined;
  const { logGroupName } = transcript;
  if (logGroupName === undefined) return undefined;
  let waiting: NewLogEvent[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = (): void => {
    const events = waiting;
    waiting = [];
    waitingBytes = 0;
    if (events.length === 0) return;
    writing = writing
      .then(() => append(deps, row, { logGroupName, events }))
      .catch((error: unknown) => {
        const { sessionId } = row;
        deps.log.warn('exec-session.transcript-failed', { sessionId, error: errorText(error) });
      });
  };
  const keep = (message: string): void => {
    if (message === '') return;
    waiting.push({ timestampMs: deps.clock.now(), message });
    waitingBytes += eventBytes(message);
    if (waitingBytes >= BATCH_BYTES) flush();
  };
  const lines = shownLines(keep);
  return {
    write: lines.write,
    end: () => {
      lines.end();
      flush();
      return writing;
    },
  };
}

/** The stream is made with its first events; without the group nothing is kept, as with an agent that may not write. */
async function append(
  deps: TranscriptDeps,
  row: ExecSession,
  { logGroupName, events }: { readonly logGroupName: string; readonly events: readonly NewLogEvent[] },
): Promise<void> {
  const now = deps.clock.now();
  const stream = await deps.store.write((tx): LogStream | undefined => {
    const group = tx.get(logGroups, logGroupName);
    if (group === undefined) return undefined;
    const known = tx.get(logStreams, logStreamKey(logGroupName, row.sessionId));
    if (known !== undefined) return known;
    const made: LogStream = {
      logGroupName,
      logStreamName: row.sessionId,
      streamId: deps.ids.hex(32),
      groupId: group.groupId,
      createdAt: now,
    };
    tx.put(logStreams, made);
    return made;
  });
  if (stream === undefined) throw new Error(`there is no log group ${logGroupName}`);
  const { groupId, streamId } = stream;
  await deps.events.append({ groupId, streamId, ingestedAtMs: now, events });
}
