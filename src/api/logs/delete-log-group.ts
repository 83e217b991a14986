import type { LogEvents } from '../../domain/log-events.ts';
import { logGroups, logStreamKey, logStreams } from '../../records/logs.ts';
import { logsErrors } from './errors.ts';
import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/**
 * Deletes a group with its streams and events. The rows go first: from then on no reader finds the events, and
 * what a crash leaves of them the sweep deletes. (LOG-6)
 */
export const deleteLogGroup =
  (events: LogEvents): LogsOperation<'DeleteLogGroup'> =>
  async (context, input) => {
    const { groupId } = await context.store.write((tx) => {
      const group = groupNamed(tx, input.logGroupName);
      if (group.deletionProtectionEnabled) throw logsErrors.groupProtected();
      for (const stream of tx.find(logStreams, 'group', group.logGroupName)) {
        tx.delete(logStreams, logStreamKey(stream.logGroupName, stream.logStreamName));
      }
      tx.delete(logGroups, group.logGroupName);
      return group;
    });
    await events.deleteGroup(groupId);
    return {};
  };
