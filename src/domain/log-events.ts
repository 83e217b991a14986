/**
 * Where log events live: beside the store, because they are many and never change. Within a group, events
 * are ordered by timestamp and then by arrival; `sequence` counts arrivals over all groups.
 */

/** An event as its sender gives it. */
export interface NewLogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** An event that is stored. */
export interface LogEvent extends NewLogEvent {
  /** At least 1, and greater for every later arrival. */
  readonly sequence: number;
  readonly ingestedAtMs: number;
  readonly streamId: string;
}

/** A cut between events: those with a lesser (timestamp, sequence) lie before it. */
export interface LogCut {
  readonly timestampMs: number;
  readonly sequence: number;
}

/** Events of one stream that arrive together, in chronological order. */
export interface LogAppend {
  readonly groupId: string;
  readonly streamId: string;
  readonly ingestedAtMs: number;
  readonly events: readonly NewLogEvent[];
}

/** What to read, from where, and how much at most. */
export interface LogQuery {
  readonly groupId: string;
  /** Absent: all streams of the group. */
  readonly streamIds?: readonly string[] | undefined;
  /** Timestamps of at least `fromMs` and less than `untilMs`. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** `forward` reads the first events after `cut`, `backward` the last ones before it. */
  readonly direction: 'forward' | 'backward';
  /** Absent: the very start or end. */
  readonly cut?: LogCut | undefined;
  readonly maxCount: number;
  /** Bytes as `eventBytes` counts them; one event is read even when it is larger. */
  readonly maxBytes: number;
}

/** Events in ascending order, whatever the direction. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  /** More lies beyond the page in the direction of the query. */
  readonly hasMore: boolean;
}

/** What is known of a stream without reading it. */
export interface LogStreamSummary {
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly lastIngestedAtMs: number;
  readonly storedBytes: number;
}

/** The store of log events. Calls are answered in order; what `append` resolved with is seen by every later `read`. */
export interface LogEvents {
  /** Resolves with the sequence of the last event when all of them are durable. */
  append(append: LogAppend): Promise<number>;
  read(query: LogQuery): Promise<LogPage>;
  /** Hears of every append from now on, once it is durable. Calling what is answered ends it. */
  watch(onAppend: (append: LogAppend) => void): () => void;
  /** Undefined for a stream that never had an event. */
  summary(streamId: string): LogStreamSummary | undefined;
  storedBytes(groupId: string): number;
  /** Groups and streams that have events, for finding those whose rows are gone. */
  owners(): readonly { readonly groupId: string; readonly streamId: string }[];
  deleteStream(streamId: string): Promise<void>;
  deleteGroup(groupId: string): Promise<void>;
  /** Deletes the events of the group whose timestamp is less than `beforeMs`. */
  expire(groupId: string, beforeMs: number): Promise<void>;
  close(): Promise<void>;
}
