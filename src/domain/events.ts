/**
 * What clients can see changing, as EventBridge would carry it. Events live beside the store, in a file of their own,
 * in the order of their sequence numbers.
 */

/** The kinds of events that are made. */
export const DETAIL_TYPES = [
  'ECS Task State Change',
  'ECS Container Instance State Change',
  'ECS Service Action',
  'ECS Deployment State Change',
  'ECS Hook State Change',
  'ECS Daemon Service Action',
  'ECS Daemon Deployment State Change',
] as const;

export type DetailType = (typeof DETAIL_TYPES)[number];

/** One event in EventBridge's envelope. */
export interface EcsEvent {
  readonly version: '0';
  /** A UUID. A delivery that is repeated carries the same. */
  readonly id: string;
  readonly 'detail-type': DetailType;
  readonly source: 'aws.ecs';
  readonly account: string;
  /** ISO, in whole seconds. */
  readonly time: string;
  readonly region: string;
  /** The ARN of the task, the instance, the service, the service deployment or the daemon; none when no task could be made for a daemon. */
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event with its place among all others. */
export interface RecordedEvent {
  /** At least 1, and greater for every later event. Numbers may be missing. */
  readonly sequence: number;
  /** When it came about, in epoch milliseconds. */
  readonly atMs: number;
  /** Of an event about a service's task or the service itself; of one about a daemon, the daemon's. */
  readonly serviceArn?: string | undefined;
  readonly event: EcsEvent;
}

/**
 * An event on its way to where it is kept: what it is found by, and its JSON. A string is one thing for the memory to look
 * after, where the event itself is fifty.
 */
export interface PackedEvent {
  readonly sequence: number;
  readonly atMs: number;
  readonly serviceArn?: string | undefined;
  readonly detailType: DetailType;
  readonly resource?: string | undefined;
  /** The last event of a task. */
  readonly isStoppedTask: boolean;
  /** An `EcsEvent` as JSON. */
  readonly body: string;
}

/** Packs an event. */
export function packedEvent({ sequence, atMs, serviceArn, event }: RecordedEvent): PackedEvent {
  const detailType = event['detail-type'];
  return {
    sequence,
    atMs,
    serviceArn,
    detailType,
    resource: event.resources[0],
    isStoppedTask: detailType === 'ECS Task State Change' && event.detail['lastStatus'] === 'STOPPED',
    body: JSON.stringify(event),
  };
}

/** The event that was packed. */
export const unpackedEvent = ({ sequence, atMs, serviceArn, body }: PackedEvent): RecordedEvent => ({
  sequence,
  atMs,
  serviceArn,
  event: JSON.parse(body) as EcsEvent,
});

/** Which events to read. Members that are absent do not restrict. */
export interface EventQuery {
  /** Only events whose sequence is greater. */
  readonly after?: number | undefined;
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly untilMs?: number | undefined;
  /** The ARN, the id or the name of a task, an instance or a service; a service's includes its tasks. */
  readonly resource?: string | undefined;
  readonly detailType?: DetailType | undefined;
  /** Only the last event of each task: what is known of it when it has STOPPED. */
  readonly isStoppedTask?: boolean | undefined;
  /** At most this many, the first ones. */
  readonly limit: number;
}

/** Where events are kept. Calls are answered in order. */
export interface EventArchive {
  /** The greatest sequence that was ever appended; 0 at first. Expiry and clearing leave it. */
  lastSequence(): number;
  /** Keeps events, in ascending order. Those that are not after `lastSequence` were kept before and are left out. (EVT-3) */
  append(events: readonly PackedEvent[]): Promise<void>;
  /** In the order of their sequences. */
  read(query: EventQuery): Promise<readonly RecordedEvent[]>;
  /** How far the reader of that name has come: a sequence; undefined when there is none of that name. */
  cursor(name: string): Promise<number | undefined>;
  moveCursor(name: string, sequence: number): Promise<void>;
  /** Deletes the events that came about before `beforeMs`. */
  expire(beforeMs: number): Promise<void>;
  /** Deletes all events. Cursors and the last sequence stay. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** How long an event is kept: 30 days. (EVT-6) */
export const EVENT_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
