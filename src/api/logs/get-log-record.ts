import { discoveredFields } from '../../core/logs/insights/row.ts';
import { toText } from '../../core/logs/insights/values.ts';
import type { LogEvents } from '../../domain/log-events.ts';
import { logStreams } from '../../records/logs.ts';
import { logsErrors } from './errors.ts';
import type { LogsOperation } from './operation-record.ts';
import { readRecordPointer } from './record-pointer.ts';

/** All fields of the event that a row of a query points to. (LOG-34) */
export const getLogRecord =
  (events: LogEvents): LogsOperation<'GetLogRecord'> =>
  async (context, input) => {
    const { groupId, streamId, timestampMs, sequence } = readRecordPointer(input.logRecordPointer);
    const page = await events.read({
      ...{ groupId, streamIds: [streamId], fromMs: timestampMs, untilMs: timestampMs + 1 },
      ...{ direction: 'forward', cut: { timestampMs, sequence }, maxCount: 1, maxBytes: 1 },
    });
    const [event] = page.events;
    const [stream] = context.store.read((tx) => tx.find(logStreams, 'id', streamId, { limit: 1 }));
    if (event === undefined || event.sequence !== sequence || stream === undefined)
      throw logsErrors.recordNotFound();
    const found = [...discoveredFields(event.message)].map(([name, value]) => [name, toText(value) ?? '']);
    return {
      logRecord: {
        ...Object.fromEntries(found),
        '@timestamp': String(event.timestampMs),
        '@ingestionTime': String(event.ingestedAtMs),
        '@message': event.message,
        '@logStream': stream.logStreamName,
        '@log': `${context.installation.accountId}:${stream.logGroupName}`,
        '@ptr': input.logRecordPointer,
      },
    };
  };
