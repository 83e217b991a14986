import { existsSync } from 'node:fs';
import type { LogAppend, LogEvents, LogPage, LogQuery, LogStreamSummary } from '../domain/log-events.ts';
import { WorkerCalls } from '../store/worker-calls.ts';
import { encodeBlocks } from './log-block.ts';
import type { Appended, BlockAppend, Deleted, LogEventsRequest, StreamRow } from './log-events-worker.ts';

/** Appends that share one transaction and one sync hold at most this many bytes. */
const BATCH_MAX_BYTES = 8 * 1024 * 1024;

/**
 * Opens the file of log events, which this process alone uses; it is made when it is missing. An append is
 * answered when the disk has it; appends that come meanwhile share the next sync.
 */
export async function openLogEventsFile(path: string): Promise<LogEvents> {
  const calls = new WorkerCalls<LogEventsRequest>('log-events-worker', import.meta.url, { path });
  // Before the first line there is nothing to read, and no thread needed.
  if (!existsSync(path)) return new LogEventsFile(calls, []);
  try {
    return new LogEventsFile(calls, (await calls.call({ kind: 'open' })) as readonly StreamRow[]);
  } catch (error) {
    await calls.end();
    throw error;
  }
}

interface WaitingAppend {
  readonly append: BlockAppend;
  readonly bytes: number;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: unknown) => void;
}

class LogEventsFile implements LogEvents {
  readonly #calls: WorkerCalls<LogEventsRequest>;
  readonly #streams = new Map<string, StreamRow>();
  readonly #watchers = new Set<(append: LogAppend) => void>();
  readonly #groupBytes = new Map<string, number>();
  #waiting: WaitingAppend[] = [];
  #isAppending = false;

  constructor(calls: WorkerCalls<LogEventsRequest>, streams: readonly StreamRow[]) {
    this.#calls = calls;
    for (const row of streams) this.#learn(row);
  }

  async append(append: LogAppend): Promise<number> {
    const sequence = await this.#write(append);
    for (const onAppend of this.#watchers) onAppend(append);
    return sequence;
  }

  watch(onAppend: (append: LogAppend) => void): () => void {
    this.#watchers.add(onAppend);
    return () => this.#watchers.delete(onAppend);
  }

  #write({ groupId, streamId, ingestedAtMs, events }: LogAppend): Promise<number> {
    const blocks = encodeBlocks(events);
    const bytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append: { groupId, streamId, ingestedAtMs, blocks }, bytes, resolve, reject });
      if (this.#isAppending) return;
      this.#isAppending = true;
      void this.#appendAll();
    });
  }

  async read(query: LogQuery): Promise<LogPage> {
    return (await this.#calls.call({ kind: 'read', query })) as LogPage;
  }

  summary(streamId: string): LogStreamSummary | undefined {
    const row = this.#streams.get(streamId);
    if (row === undefined || row.storedBytes === 0) return undefined;
    const { firstTimestampMs, lastTimestampMs, lastIngestedAtMs, storedBytes } = row;
    return { firstTimestampMs, lastTimestampMs, lastIngestedAtMs, storedBytes };
  }

  storedBytes(groupId: string): number {
    return this.#groupBytes.get(groupId) ?? 0;
  }

  owners(): readonly { readonly groupId: string; readonly streamId: string }[] {
    return [...this.#streams.values()].map(({ groupId, streamId }) => ({ groupId, streamId }));
  }

  async deleteStream(streamId: string): Promise<void> {
    await this.#repeat({ kind: 'delete-stream', streamId });
    const row = this.#streams.get(streamId);
    if (row !== undefined) this.#learn({ ...row, storedBytes: 0 });
    this.#streams.delete(streamId);
  }

  async deleteGroup(groupId: string): Promise<void> {
    for (const owner of this.owners()) if (owner.groupId === groupId) await this.deleteStream(owner.streamId);
    this.#groupBytes.delete(groupId);
  }

  async expire(groupId: string, beforeMs: number): Promise<void> {
    await this.#repeat({ kind: 'expire', groupId, beforeMs });
  }

  async close(): Promise<void> {
    if (this.#calls.isStarted) await this.#calls.call({ kind: 'close' });
    await this.#calls.end();
  }

  async #appendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // A turn later, so that the writers of this turn share the batch.
      await Promise.resolve();
      const batch = this.#takeBatch();
      try {
        const appends = batch.map(({ append }) => append);
        const { sequences, streams } = (await this.#calls.call({ kind: 'append', appends })) as Appended;
        for (const row of streams) this.#learn(row);
        batch.forEach(({ resolve }, index) => {
          resolve(sequences[index] ?? 0);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAppending = false;
  }

  #takeBatch(): readonly WaitingAppend[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && bytes > BATCH_MAX_BYTES;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #repeat(request: Extract<LogEventsRequest, { kind: 'delete-stream' | 'expire' }>): Promise<void> {
    for (;;) {
      const { isDone, streams } = (await this.#calls.call(request)) as Deleted;
      for (const row of streams) this.#learn(row);
      if (isDone) return;
    }
  }

  #learn(row: StreamRow): void {
    const known = this.#streams.get(row.streamId)?.storedBytes ?? 0;
    this.#groupBytes.set(row.groupId, (this.#groupBytes.get(row.groupId) ?? 0) + row.storedBytes - known);
    this.#streams.set(row.streamId, row);
  }
}
