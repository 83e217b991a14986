import { lastSegment } from '../domain/arn.ts';
import {
  type EventArchive,
  type EventQuery,
  type PackedEvent,
  type RecordedEvent,
  unpackedEvent,
} from '../domain/events.ts';

/** So many events are kept in memory; the oldest make room. */
const EVENTS_MAX_COUNT = 20_000;

/** Events that live as long as the process: for tests, the simulator, and a program without a data directory. */
export function memoryEventArchive(maxCount = EVENTS_MAX_COUNT): EventArchive {
  return new MemoryEventArchive(maxCount);
}

class MemoryEventArchive implements EventArchive {
  readonly #maxCount: number;
  #events: PackedEvent[] = [];
  #last = 0;
  readonly #cursors = new Map<string, number>();

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  lastSequence(): number {
    return this.#last;
  }

  append(events: readonly PackedEvent[]): Promise<void> {
    for (const event of events) {
      if (event.sequence <= this.#last) continue;
      this.#events.push(event);
      this.#last = event.sequence;
    }
    // Cut in steps, so that not every append moves the whole list.
    if (this.#events.length > this.#maxCount * 1.25) this.#events = this.#events.slice(-this.#maxCount);
    return Promise.resolve();
  }

  read(query: EventQuery): Promise<readonly RecordedEvent[]> {
    const wanted = this.#events.filter((event) => isWanted(event, query)).slice(0, query.limit);
    return Promise.resolve(wanted.map(unpackedEvent));
  }

  cursor(name: string): Promise<number | undefined> {
    return Promise.resolve(this.#cursors.get(name));
  }

  moveCursor(name: string, sequence: number): Promise<void> {
    this.#cursors.set(name, sequence);
    return Promise.resolve();
  }

  expire(beforeMs: number): Promise<void> {
    this.#events = this.#events.filter(({ atMs }) => atMs >= beforeMs);
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.#events = [];
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function isWanted(event: PackedEvent, query: EventQuery): boolean {
  const { sequence, atMs } = event;
  const { resource, detailType } = query;
  return (
    sequence > (query.after ?? 0) &&
    atMs >= (query.fromMs ?? 0) &&
    atMs < (query.untilMs ?? Number.POSITIVE_INFINITY) &&
    (detailType === undefined || event.detailType === detailType) &&
    (query.isStoppedTask !== true || event.isStoppedTask) &&
    (resource === undefined || isAbout(event.resource, resource) || isAbout(event.serviceArn, resource))
  );
}

/** Whether an ARN is what a reference means: itself, or its id or name. */
const isAbout = (arn: string | undefined, reference: string): boolean =>
  arn !== undefined && (arn === reference || lastSegment(arn) === reference);
