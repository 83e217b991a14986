import { existsSync } from 'node:fs';
import type { EventArchive, EventQuery, PackedEvent, RecordedEvent } from '../domain/events.ts';
import { WorkerCalls } from '../store/worker-calls.ts';
import type { EventArchiveRequest } from './event-archive-worker.ts';

/** Opens the file of events, which this process alone uses; it is made when it is missing. What `append` answers is on the disk. */
export async function openEventArchive(path: string): Promise<EventArchive> {
  const calls = new WorkerCalls<EventArchiveRequest>('event-archive-worker', import.meta.url, { path });
  // Before the first event there is nothing to read, and no thread needed.
  if (!existsSync(path)) return new EventArchiveFile(calls, 0);
  try {
    return new EventArchiveFile(calls, Number(await calls.call({ kind: 'open' })));
  } catch (error) {
    await calls.end();
    throw error;
  }
}

class EventArchiveFile implements EventArchive {
  readonly #calls: WorkerCalls<EventArchiveRequest>;
  #last: number;

  constructor(calls: WorkerCalls<EventArchiveRequest>, last: number) {
    this.#calls = calls;
    this.#last = last;
  }

  lastSequence(): number {
    return this.#last;
  }

  async append(events: readonly PackedEvent[]): Promise<void> {
    this.#last = Number(await this.#calls.call({ kind: 'append', events }));
  }

  async read(query: EventQuery): Promise<readonly RecordedEvent[]> {
    return (await this.#calls.call({ kind: 'read', query })) as readonly RecordedEvent[];
  }

  async cursor(name: string): Promise<number | undefined> {
    return ((await this.#calls.call({ kind: 'cursor', name })) as number | null) ?? undefined;
  }

  async moveCursor(name: string, sequence: number): Promise<void> {
    await this.#calls.call({ kind: 'move-cursor', name, sequence });
  }

  async expire(beforeMs: number): Promise<void> {
    let isDone = !this.#calls.isStarted;
    while (!isDone) isDone = (await this.#calls.call({ kind: 'expire', beforeMs })) === true;
  }

  async clear(): Promise<void> {
    await this.expire(Number.MAX_SAFE_INTEGER);
  }

  async close(): Promise<void> {
    if (this.#calls.isStarted) await this.#calls.call({ kind: 'close' });
    await this.#calls.end();
  }
}
