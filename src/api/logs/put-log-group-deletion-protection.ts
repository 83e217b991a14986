import { logGroups } from '../../records/logs.ts';
import { groupIdentified } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** Sets whether DeleteLogGroup is refused for the group. */
export const putLogGroupDeletionProtection: LogsOperation<'PutLogGroupDeletionProtection'> = (
  context,
  input,
) =>
  context.store.write((tx) => {
    const group = groupIdentified(context, tx, input.logGroupIdentifier);
    tx.put(logGroups, { ...group, deletionProtectionEnabled: input.deletionProtectionEnabled });
    return {};
  });
