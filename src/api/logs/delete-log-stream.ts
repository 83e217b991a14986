import type { LogEvents } from '../../domain/log-events.ts';
import { logStreamKey, logStreams } from '../../records/logs.ts';
import { groupNamed, streamNamed } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';

/** Deletes a stream with its events. The row goes first, as in DeleteLogGroup. (LOG-6) */
export const deleteLogStream =
  (events: LogEvents): LogsOperation<'DeleteLogStream'> =>
  async (context, input) => {
    const { streamId } = await context.store.write((tx) => {
      const stream = streamNamed(tx, groupNamed(tx, input.logGroupName), input.logStreamName);
      tx.delete(logStreams, logStreamKey(stream.logGroupName, stream.logStreamName));
      return stream;
    });
    await events.deleteStream(streamId);
    return {};
  };
