import { multilinePattern } from '../core/logs/multiline-pattern.ts';
import { LOG_BATCH_LIMITS } from './log-batch.ts';

type Options = Readonly<Record<string, unknown>>;

/** Where the output of a container goes, when it goes to a log service, and how. */
export interface LogTarget {
  readonly group: string;
  /** Absent: named by `tag`, or after the container's engine id. */
  readonly stream?: string | undefined;
  /** A template for the stream's name where there is none. (LOG-21) */
  readonly tag?: string | undefined;
  readonly region: string;
  readonly endpointUrl?: string | undefined;
  readonly mayCreateGroup: boolean;
  /** Output that waits for the service and is more than this is dropped; absent in the blocking mode. (LOG-22) */
  readonly bufferMaxBytes?: number | undefined;
  /** The first line of events that have several lines. (LOG-20) */
  readonly multiline?: RegExp | undefined;
  /** How long an event waits for more lines. */
  readonly flushIntervalMs: number;
  /** Events in one request at most. */
  readonly batchMaxCount: number;
  /** What the messages are, when the service is to be told: `json/emf`. */
  readonly format?: string | undefined;
}

/** What ECS takes for `max-buffer-size` where the definition does not say: 10 MiB. (LOG-22) */
const BUFFER_DEFAULT_BYTES = 10 * 1024 * 1024;
const FLUSH_DEFAULT_SECONDS = 5;

/** Reads the options of the engine's awslogs driver. (LOG-20 to LOG-23) */
export function awslogsTarget(options: Options, agentRegion: string): LogTarget {
  return {
    group: textOr(options['awslogs-group']) ?? '',
    stream: textOr(options['awslogs-stream']),
    tag: textOr(options['tag']),
    region: textOr(options['awslogs-region']) ?? agentRegion,
    endpointUrl: textOr(options['awslogs-endpoint']),
    mayCreateGroup: String(options['awslogs-create-group']).toLowerCase() === 'true',
    bufferMaxBytes: options['mode'] === 'non-blocking' ? bufferBytes(options['max-buffer-size']) : undefined,
    multiline: multilinePattern(options) ?? undefined,
    flushIntervalMs:
      1000 * (countOr(options['awslogs-force-flush-interval-seconds']) ?? FLUSH_DEFAULT_SECONDS),
    batchMaxCount: Math.min(
      LOG_BATCH_LIMITS.eventsMaxCount,
      countOr(options['awslogs-max-buffered-events']) ?? LOG_BATCH_LIMITS.eventsMaxCount,
    ),
    format: textOr(options['awslogs-format']),
  };
}

/** What is known of a container when its stream is named. */
export interface TaggedContainer {
  readonly runtimeId: string;
  readonly engineName: string;
  readonly image: string;
}

/** The name of the stream: its own, what the tag's template gives, or the container's engine id. (LOG-21) */
export function streamName(target: LogTarget, container: TaggedContainer): string {
  if (target.stream !== undefined) return target.stream;
  const { runtimeId, engineName, image } = container;
  const values: Readonly<Record<string, string>> = {
    ID: runtimeId.slice(0, 12),
    FullID: runtimeId,
    Name: engineName,
    ImageName: image,
    DaemonName: 'docker',
  };
  const rendered = (target.tag ?? '').replace(
    /\{\{\s*\.(\w+)\s*\}\}/g,
    (all, name: string) => values[name] ?? all,
  );
  return rendered === '' ? runtimeId : rendered;
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function bufferBytes(size: unknown): number {
  const [, digits, unit = ''] = /^(\d+)([kmg])?b?$/i.exec(String(size ?? '')) ?? [];
  return digits === undefined ? BUFFER_DEFAULT_BYTES : Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
}

const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function countOr(value: unknown): number | undefined {
  const count = Number(textOr(value));
  return Number.isInteger(count) && count > 0 ? count : undefined;
}
