import { logStreams } from '../../records/logs.ts';
import type { Context } from '../operation.ts';

/** Finds names of streams by id, each once. A stream that was deleted has none, and its events are passed over. */
export function streamNames(context: Context): (streamId: string) => string | undefined {
  const names = new Map<string, string | undefined>();
  return (streamId) => {
    if (!names.has(streamId)) {
      const [stream] = context.store.read((tx) => tx.find(logStreams, 'id', streamId, { limit: 1 }));
      names.set(streamId, stream?.logStreamName);
    }
    return names.get(streamId);
  };
}
