import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedEvent } from '../domain/events.ts';
import { readDurationMs } from '../lib/duration.ts';
import { type ClientEnvironment, clientEnvironment } from './env.ts';
import { eventLine, stoppedTaskLines } from './event-lines.ts';
import { signedGet } from './signed-get.ts';
import { UsageError } from './usage-error.ts';

/** The options of `gantry events`. */
export interface EventsOptions {
  readonly dataDir: string;
  readonly follow?: boolean | undefined;
  readonly since?: string | undefined;
  readonly resource?: string | undefined;
  readonly detailType?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Time between two looks of `--follow`. */
const LOOK_EVERY_MS = 500;

/** How far back `gantry events` goes when nothing is said about it. */
const DEFAULT_SINCE = '1h';

/** Prints events, and with `--follow` goes on until a signal ends it. */
export async function printEvents(options: EventsOptions): Promise<void> {
  const client = clientEnvironment(options.dataDir);
  // Whoever asks about one thing wants all that is known of it.
  const since = options.since ?? (options.resource === undefined ? DEFAULT_SINCE : undefined);
  const fixed = {
    from: since === undefined ? undefined : String(readSince(since, Date.now())),
    resource: options.resource,
    detailType: options.detailType,
  };
  const print = (event: RecordedEvent): void =>
    say(options.json === true ? JSON.stringify(event.event) : eventLine(event));
  endWithReader();
  const reading = { after: 0, print };
  await printAll(client, fixed, reading);
  while (options.follow === true) {
    await pause(LOOK_EVERY_MS);
    // A control plane that starts again is waited for: it has what happened meanwhile.
    await printAll(client, fixed, reading).catch(ignoreUsageError);
  }
}

/** Prints what is known of stopped tasks: of one, of a service's, or of all. */
export async function printHistory(
  reference: string | undefined,
  options: { readonly dataDir: string; readonly json?: boolean | undefined },
): Promise<void> {
  const print = (event: RecordedEvent): void => {
    for (const line of options.json === true ? [JSON.stringify(event.event)] : stoppedTaskLines(event))
      say(line);
  };
  endWithReader();
  const client = clientEnvironment(options.dataDir);
  await printAll(client, { resource: reference, stopped: 'true' }, { after: 0, print });
}

/** Reads `90s`, `2h`, `7d`, or an ISO time, as epoch milliseconds. */
export function readSince(text: string, nowMs: number): number {
  const days = /^(\d{1,2})d$/.exec(text)?.[1];
  const durationMs = days === undefined ? readDurationMs(text) : Number(days) * 86_400_000;
  if (durationMs !== undefined) return nowMs - durationMs;
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs) || atMs < 0)
    throw new UsageError(
      `--since takes a duration such as 90s, 2h or 7d, or a time such as 2026-01-15T12:00:00Z, not "${text}".`,
    );
  return atMs;
}

type Query = Readonly<Record<string, string | undefined>>;

/** How far events are printed, and how. */
interface Reading {
  /** The last sequence that was printed. */
  after: number;
  readonly print: (event: RecordedEvent) => void;
}

/** Prints page after page, and moves `reading` on. */
async function printAll(client: ClientEnvironment, query: Query, reading: Reading): Promise<void> {
  for (;;) {
    const events = await eventsAfter(client, { ...query, after: String(reading.after) });
    const last = events.at(-1);
    if (last === undefined) return;
    events.forEach(reading.print);
    reading.after = last.sequence;
  }
}

/** `gantry events | head` ends when `head` has enough. */
function endWithReader(): void {
  process.stdout.on('error', () => process.exit(0));
}

function ignoreUsageError(error: unknown): void {
  if (!(error instanceof UsageError)) throw error;
}

async function eventsAfter(client: ClientEnvironment, query: Query): Promise<readonly RecordedEvent[]> {
  const path = '/_gantry/events';
  const { events } = await signedGet<{ readonly events: readonly RecordedEvent[] }>(client, path, query);
  return events;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
