import type { Authorizer } from '../api/authorize.ts';
import { taskRoleCaller } from '../api/ecs/task-role-caller.ts';
import { putObject } from '../api/s3/put-object.ts';
import type { Transcript } from '../controllers/exec-sessions/exec-sessions.ts';
import { objectTranscript, type TranscriptObject } from '../controllers/exec-sessions/object-transcript.ts';
import { logTranscript } from '../controllers/exec-sessions/transcript.ts';
import type { ExecSession } from '../domain/exec-session.ts';
import type { LogEvents } from '../domain/log-events.ts';
import type { ObjectFiles } from '../domain/object-files.ts';
import { nodeDigest } from '../platform/node-digest.ts';
import { tasks } from '../records/collections.ts';
import { uncheckedRoot } from './authentication.ts';
import type { SharedContext } from './handlers.ts';
import type { Settings } from './settings.ts';

/** Where transcripts go, and who decides whether they may. */
export interface TranscriptParts {
  readonly logEvents: LogEvents;
  readonly objectFiles: ObjectFiles;
  readonly authorizer: Authorizer;
}

/** Keeps transcripts in log groups and in buckets, as each session's cluster asks for it. (EXE-50, EXE-53) */
export function execTranscripts(
  { auth }: Pick<Settings, 'auth'>,
  shared: SharedContext,
  { logEvents, objectFiles, authorizer }: TranscriptParts,
): (row: ExecSession) => Transcript | undefined {
  const operation = putObject({ files: objectFiles, digest: nodeDigest });
  const put = async ({ row, bucket, key, text }: TranscriptObject): Promise<void> => {
    const task = shared.store.read((tx) => tx.get(tasks, row.taskArn));
    const role = { taskId: task?.taskId ?? '', taskRoleArn: task?.taskRoleArn ?? '' };
    const caller =
      auth === 'off' ? uncheckedRoot(shared.installation) : taskRoleCaller(shared.installation, role);
    const input = {
      Bucket: bucket,
      Key: key,
      Body: new TextEncoder().encode(text),
      ContentType: 'text/plain; charset=utf-8',
    };
    authorizer.authorize({ caller }, 's3:PutObject', input);
    await operation({ ...shared, caller, requestId: shared.ids.uuid() }, input);
  };
  return (row) => {
    const ofLog = logTranscript({ ...shared, events: logEvents }, row);
    const ofObject = objectTranscript({ log: shared.log, put }, row);
    return ofLog === undefined || ofObject === undefined ? (ofLog ?? ofObject) : both(ofLog, ofObject);
  };
}

const both = (one: Transcript, other: Transcript): Transcript => ({
  write: (bytes) => {
    one.write(bytes);
    other.write(bytes);
  },
  end: async () => {
    await Promise.all([one.end(), other.end()]);
  },
});
