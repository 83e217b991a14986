import type {
  LogAppend,
  LogCut,
  LogEvent,
  LogEvents,
  LogPage,
  LogQuery,
  LogStreamSummary,
} from '../domain/log-events.ts';
import { compareCuts } from '../lib/compare-cuts.ts';
import { eventBytes } from '../lib/event-bytes.ts';

/** Log events that live as long as the process: for tests, the simulator, and a program without a data directory. */
export function memoryLogEvents(): LogEvents {
  return new MemoryLogEvents();
}

class MemoryLogEvents implements LogEvents {
  /** Events of each group, in order. */
  readonly #groups = new Map<string, LogEvent[]>();
  readonly #summaries = new Map<string, LogStreamSummary & { readonly groupId: string }>();
  readonly #watchers = new Set<(append: LogAppend) => void>();
  #sequence = 0;

  append(append: LogAppend): Promise<number> {
    const { groupId, streamId, ingestedAtMs, events } = append;
    const group = this.#groups.get(groupId) ?? [];
    this.#groups.set(groupId, group);
    for (const { timestampMs, message } of events) {
      this.#sequence += 1;
      const event: LogEvent = { timestampMs, message, sequence: this.#sequence, ingestedAtMs, streamId };
      group.splice(placeOf(group, event), 0, event);
      this.#addToSummary(groupId, event);
    }
    for (const onAppend of this.#watchers) onAppend(append);
    return Promise.resolve(this.#sequence);
  }

  watch(onAppend: (append: LogAppend) => void): () => void {
    this.#watchers.add(onAppend);
    return () => this.#watchers.delete(onAppend);
  }

  read(query: LogQuery): Promise<LogPage> {
    const { groupId, streamIds, fromMs, untilMs, direction, cut } = query;
    const streams = streamIds === undefined ? undefined : new Set(streamIds);
    const isForward = direction === 'forward';
    const wanted = (this.#groups.get(groupId) ?? []).filter(
      (event) =>
        event.timestampMs >= fromMs &&
        event.timestampMs < untilMs &&
        (streams === undefined || streams.has(event.streamId)) &&
        (cut === undefined || compareCuts(event, cut) >= 0 === isForward),
    );
    if (!isForward) wanted.reverse();
    const events: LogEvent[] = [];
    let bytes = 0;
    for (const event of wanted) {
      bytes += eventBytes(event.message);
      if (events.length >= query.maxCount || (bytes > query.maxBytes && events.length > 0)) break;
      events.push(event);
    }
    const hasMore = wanted.length > events.length;
    return Promise.resolve({ events: isForward ? events : events.reverse(), hasMore });
  }

  summary(streamId: string): LogStreamSummary | undefined {
    const summary = this.#summaries.get(streamId);
    if (summary === undefined) return undefined;
    const { groupId: _groupId, ...rest } = summary;
    return rest;
  }

  storedBytes(groupId: string): number {
    let bytes = 0;
    for (const summary of this.#summaries.values())
      if (summary.groupId === groupId) bytes += summary.storedBytes;
    return bytes;
  }

  owners(): readonly { readonly groupId: string; readonly streamId: string }[] {
    return [...this.#summaries].map(([streamId, { groupId }]) => ({ groupId, streamId }));
  }

  deleteStream(streamId: string): Promise<void> {
    const groupId = this.#summaries.get(streamId)?.groupId;
    if (groupId !== undefined) this.#keep(groupId, (event) => event.streamId !== streamId);
    this.#summaries.delete(streamId);
    return Promise.resolve();
  }

  deleteGroup(groupId: string): Promise<void> {
    this.#groups.delete(groupId);
    for (const [streamId, summary] of this.#summaries) {
      if (summary.groupId === groupId) this.#summaries.delete(streamId);
    }
    return Promise.resolve();
  }

  expire(groupId: string, beforeMs: number): Promise<void> {
    const before = [...(this.#groups.get(groupId) ?? [])];
    this.#keep(groupId, (event) => event.timestampMs >= beforeMs);
    const expired = before.filter((event) => event.timestampMs < beforeMs);
    for (const streamId of new Set(expired.map((event) => event.streamId))) this.#recount(groupId, streamId);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #keep(groupId: string, stays: (event: LogEvent) => boolean): void {
    this.#groups.set(groupId, (this.#groups.get(groupId) ?? []).filter(stays));
  }

  #addToSummary(groupId: string, event: LogEvent): void {
    const { timestampMs, ingestedAtMs, streamId, message } = event;
    const known = this.#summaries.get(streamId);
    this.#summaries.set(streamId, {
      groupId,
      firstTimestampMs: Math.min(known?.firstTimestampMs ?? timestampMs, timestampMs),
      lastTimestampMs: Math.max(known?.lastTimestampMs ?? timestampMs, timestampMs),
      lastIngestedAtMs: Math.max(known?.lastIngestedAtMs ?? ingestedAtMs, ingestedAtMs),
      storedBytes: (known?.storedBytes ?? 0) + eventBytes(message),
    });
  }

  /** A stream whose events have all expired is as if it never had any. */
  #recount(groupId: string, streamId: string): void {
    this.#summaries.delete(streamId);
    for (const event of this.#groups.get(groupId) ?? []) {
      if (event.streamId === streamId) this.#addToSummary(groupId, event);
    }
  }
}

/** The place of the first event that lies after `cut`. */
function placeOf(events: readonly LogEvent[], cut: LogCut): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event !== undefined && compareCuts(event, cut) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
