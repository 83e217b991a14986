import { existsSync } from 'node:fs';
import type { MetricArchive, MetricPoint, MetricQuery } from '../domain/metrics.ts';
import { WorkerCalls } from '../store/worker-calls.ts';
import type { MetricArchiveRequest } from './metric-archive-worker.ts';

/**
 * The file of measurements, which this process alone uses; it is made when it is missing. It is opened by the first call:
 * a control plane without a task needs no thread for it.
 */
export function metricArchiveFile(path: string): MetricArchive {
  let calls: WorkerCalls<MetricArchiveRequest> | undefined;
  const call = (request: MetricArchiveRequest): Promise<unknown> => {
    calls ??= new WorkerCalls<MetricArchiveRequest>('metric-archive-worker', import.meta.url, { path });
    return calls.call(request);
  };
  const expire = async (beforeMinute: number): Promise<void> => {
    let isDone = false;
    while (!isDone) isDone = (await call({ kind: 'expire', beforeMinute })) === true;
  };
  return {
    append: async (points: readonly MetricPoint[]) => {
      if (points.length > 0) await call({ kind: 'append', points });
    },
    read: async (query: MetricQuery) => (await call({ kind: 'read', query })) as readonly MetricPoint[],
    expire,
    clear: async () => {
      if (calls !== undefined || existsSync(path)) await expire(Number.MAX_SAFE_INTEGER);
    },
    close: async () => {
      if (calls === undefined) return;
      await calls.call({ kind: 'close' });
      await calls.end();
    },
  };
}
