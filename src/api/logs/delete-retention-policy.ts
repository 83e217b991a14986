import { logGroups } from '../../records/logs.ts';
import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** Takes the retention from a group: its events never expire. (LOG-5) */
export const deleteRetentionPolicy: LogsOperation<'DeleteRetentionPolicy'> = (context, input) =>
  context.store.write((tx) => {
    const { retentionInDays: _retentionInDays, ...group } = groupNamed(tx, input.logGroupName);
    tx.put(logGroups, group);
    return {};
  });
