import { type LogGroup, type LogStream, logGroupNameOf } from '../../domain/logs.ts';
import { refuse } from '../../lib/service-error.ts';
import { logGroups, logStreamKey, logStreams } from '../../records/logs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { logsErrors } from './errors.ts';

/** The group of that name, or the refusal of the service. */
export const groupNamed = (tx: ReadTx, logGroupName: string): LogGroup =>
  tx.get(logGroups, logGroupName) ?? refuse(logsErrors.groupNotFound());

/** The stream of that name in the group, or the refusal of the service. */
export const streamNamed = (tx: ReadTx, group: LogGroup, logStreamName: string): LogStream =>
  tx.get(logStreams, logStreamKey(group.logGroupName, logStreamName)) ?? refuse(logsErrors.streamNotFound());

/** How the reading operations name a group: by name, or by name or ARN; exactly one of the two. (LOG-4) */
export interface GroupReference {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

/** The group that a request means. (LOG-4) */
export function groupOf(context: Context, tx: ReadTx, reference: GroupReference): LogGroup {
  const { logGroupName, logGroupIdentifier } = reference;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw logsErrors.groupNameAndIdentifier();
  if (logGroupName !== undefined) return groupNamed(tx, logGroupName);
  if (logGroupIdentifier === undefined) throw logsErrors.groupNameMissing();
  return groupIdentified(context, tx, logGroupIdentifier);
}

/** The group that a name or an ARN means; an ARN of another account or region finds nothing. (LOG-4) */
export function groupIdentified(context: Context, tx: ReadTx, identifier: string): LogGroup {
  const name = logGroupNameOf(context.installation, identifier);
  return name === undefined ? refuse(logsErrors.groupNotFound()) : groupNamed(tx, name);
}
