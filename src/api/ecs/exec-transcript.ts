import type { Cluster } from '../../domain/cluster.ts';
import type { ExecTranscript } from '../../domain/exec-session.ts';
import type { Task } from '../../domain/task.ts';
import { definitionOfTask } from '../../records/daemon-definitions.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { ecsErrors } from './errors.ts';

/** Where a command is to run. */
export interface ExecPlace {
  readonly cluster: Cluster;
  readonly task: Task;
  readonly containerName: string;
}

/** The text of AWS's agent for a log group that is to be encrypted and is not. (EXE-51) */
const NOT_ENCRYPTED =
  "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. Either encrypt the log group or choose an option to enable logging without encryption.";

/**
 * Where the cluster wants what a session shows to be kept: nowhere, in the log group of the container, or in the group
 * and the bucket that it names. What the cluster wants and is not there is refused by its name. (EXE-50)
 */
export function transcriptFor(tx: ReadTx, _context: Context, place: ExecPlace): ExecTranscript | undefined {
  const exec = place.cluster.configuration?.executeCommandConfiguration;
  const member = 'configuration.executeCommandConfiguration';
  if (exec?.kmsKeyId) throw ecsErrors.unsupportedMember(`${member}.kmsKeyId`);
  if (exec?.logging === 'NONE') return undefined;
  if (exec?.logging !== 'OVERRIDE') return ownLogGroup(tx, place);
  const {
    cloudWatchLogGroupName,
    cloudWatchEncryptionEnabled,
    s3BucketName,
    s3KeyPrefix,
    s3EncryptionEnabled,
  } = exec.logConfiguration ?? {};
  if (s3EncryptionEnabled)
    throw ecsErrors.unsupportedMember(`${member}.logConfiguration.s3EncryptionEnabled`);
  return {
    logGroupName: cloudWatchLogGroupName || undefined,
    object: s3BucketName ? { bucket: s3BucketName, keyPrefix: s3KeyPrefix ?? '' } : undefined,
    // No group is encrypted with a key of its own here.
    refusal: cloudWatchLogGroupName && cloudWatchEncryptionEnabled ? NOT_ENCRYPTED : undefined,
  };
}

/** The group that the container's own output goes to; none when it goes elsewhere. */
function ownLogGroup(tx: ReadTx, { task, containerName }: ExecPlace): ExecTranscript | undefined {
  const definition = definitionOfTask(tx, task);
  const container = definition?.document.containerDefinitions?.find(({ name }) => name === containerName);
  const log = container?.logConfiguration;
  const logGroupName = log?.logDriver === 'awslogs' ? log.options?.['awslogs-group'] : undefined;
  return logGroupName === undefined ? undefined : { logGroupName };
}
