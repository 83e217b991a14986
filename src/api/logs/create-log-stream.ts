import type { LogStream } from '../../domain/logs.ts';
import { logStreamKey, logStreams } from '../../records/logs.ts';
import { logsErrors } from './errors.ts';
import { groupNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** Makes an empty stream in a group. Not idempotent: the same name again is an error. */
export const createLogStream: LogsOperation<'CreateLogStream'> = (context, input) =>
  context.store.write((tx) => {
    const group = groupNamed(tx, input.logGroupName);
    const key = logStreamKey(input.logGroupName, input.logStreamName);
    if (tx.get(logStreams, key) !== undefined) throw logsErrors.streamExists();
    const stream: LogStream = {
      logGroupName: input.logGroupName,
      logStreamName: input.logStreamName,
      streamId: context.ids.hex(32),
      groupId: group.groupId,
      createdAt: context.clock.now(),
    };
    tx.put(logStreams, stream);
    return {};
  });
