import { transcriptKey } from '../../core/exec/transcript-key.ts';
import type { ExecSession } from '../../domain/exec-session.ts';
import { errorText } from '../../lib/error-text.ts';
import { eventBytes } from '../../lib/event-bytes.ts';
import type { Log } from '../../lib/log.ts';
import type { Transcript } from './exec-sessions.ts';
import { shownLines } from './shown-lines.ts';

/** An object that is to be put for a session. */
export interface TranscriptObject {
  readonly row: ExecSession;
  readonly bucket: string;
  readonly key: string;
  readonly text: string;
}

/** What keeping a transcript as an object needs. */
export interface ObjectTranscriptDeps {
  readonly log: Log;
  /** Puts the object with the permissions of the session's task; rejects when it may not, or cannot. */
  readonly put: (object: TranscriptObject) => Promise<void>;
}

/** So much of a session is held until its end. (EXE-54) */
const TEXT_BYTES_MAX = 16 * 1024 * 1024;
const CUT = '[The session showed more than its transcript holds.]\n';

/** Keeps what the terminal of a session shows, and puts it as one object when the session ends. (EXE-53) */
export function objectTranscript(deps: ObjectTranscriptDeps, row: ExecSession): Transcript | undefined {
  const { object, refusal } = row.transcript ?? {};
  if (object === undefined || refusal !== undefined) return undefined;
  const { bucket, keyPrefix } = object;
  const key = transcriptKey(keyPrefix, row.sessionId);
  const kept: string[] = [];
  let keptBytes = 0;
  const lines = shownLines((line) => {
    if (keptBytes > TEXT_BYTES_MAX) return;
    keptBytes += eventBytes(line);
    kept.push(keptBytes > TEXT_BYTES_MAX ? CUT : `${line}\n`);
  });
  return {
    write: lines.write,
    end: async () => {
      lines.end();
      try {
        await deps.put({ row, bucket, key, text: kept.join('') });
      } catch (error) {
        const { sessionId } = row;
        deps.log.warn('exec-session.transcript-failed', { sessionId, error: errorText(error) });
      }
    },
  };
}
