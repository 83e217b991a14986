import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Rng } from '../lib/rng.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import type { LogChunk, LogCursor, LogLine, RuntimeDriver } from '../runtime/driver.ts';
import { logBatches } from './log-batch.ts';
import { type Delivery, putBatch, streamTail } from './log-delivery.ts';
import { noOverflow, type Overflow, type OverflowStep, overflowStep } from './log-overflow.ts';
import { acceptedBatchCount, type LogProgress, type LogSending } from './log-progress.ts';
import type { LogService, LogStream } from './log-service.ts';
import { groupLines } from './multiline.ts';
import { pause } from './pause.ts';

/** How often a quiet container's output is looked at; one that writes is read again at once. (AGT-14) */
const POLL_MS = 1_000;
/** After this long without output a container is looked at less often. */
const QUIET_POLLS_COUNT = 30;
const QUIET_POLL_MS = 5_000;
const READ_MAX_BYTES = 1_048_576;

/** Everything that one container's shipping needs. */
export interface ShipperDeps {
  readonly driver: RuntimeDriver;
  readonly service: LogService;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
}

/** One container's output and where it goes. */
export interface ShippedOutput {
  readonly runtimeId: string;
  readonly stream: LogStream;
  /** Where the last run of the agent had come to. */
  readonly progress: LogProgress;
  /** Undefined until they are known. */
  credentials(): SigningCredentials | undefined;
  /** Whose key reads what the stream has: the agent's own, because roles that write logs seldom may read them. */
  readonly readCredentials: SigningCredentials;
  /** Keeps how far the service has accepted the output, and what is being sent. */
  save(progress: LogProgress): Promise<void>;
  /** True when the container will not be started again, so that the end of its output is the end. */
  hasEnded(): boolean;
  /** It will not be started any more and never was: the engine says of no output of it that it is all. */
  neverRan(): boolean;
}

/** Sends one container’s output to its log stream. */
export interface LogShipper {
  /** Looks at the output now: the container has ended. */
  hurry(): void;
  /** Resolves when the whole output of the ended container has been accepted. */
  readonly drained: Promise<void>;
  stop(): void;
}

/**
 * Reads a container's output and sends it. The cursor moves only after the service has accepted the lines, so a restart
 * loses none. What is about to be sent is noted before, so a restart asks the service how much of it has arrived and
 * sends only the rest; where the service does not say, it sends the noted lines again. (AGT-14)
 */
export function startLogShipper(deps: ShipperDeps, output: ShippedOutput): LogShipper {
  const stopping = new AbortController();
  let waiting = new AbortController();
  const shipping: Shipping = {
    deps,
    output,
    signal: stopping.signal,
    wait: async (ms) => {
      waiting = new AbortController();
      await pause(deps.clock, ms, AbortSignal.any([waiting.signal, stopping.signal]));
    },
  };
  return { hurry: () => waiting.abort(), drained: ship(shipping), stop: () => stopping.abort() };
}

interface Shipping extends Delivery {
  wait(ms: number): Promise<void>;
}

/** Where shipping stands: all output before `cursor` is accepted but for `held`. */
interface Place {
  readonly cursor: LogCursor | undefined;
  readonly held: LogLine | undefined;
}

/** Resolves at the end of the output; never resolves when stopped before that. */
async function ship(shipping: Shipping): Promise<void> {
  const { signal } = shipping;
  let place = await finishSending(shipping);
  let overflow: Overflow | undefined;
  let quietPolls = 0;
  let ahead: ReadAhead | undefined;
  while (!signal.aborted) {
    const { hasEnded, chunk } = await (ahead ?? readOn(shipping, place.cursor));
    ahead = undefined;
    overflow ??= afterRest(shipping, chunk);
    if (chunk.isGap) place = await tellGap(shipping, place, chunk);
    if (chunk.lines.length > 0) {
      quietPolls = 0;
      const step = overflowStep(overflow, chunk);
      overflow = step.next;
      // While the service works on these lines, the next ones are read.
      ahead = readOn(shipping, chunk.cursor);
      place = await take(shipping, place, { chunk, step });
      continue;
    }
    const isOver = hasEnded && (chunk.isEnd || shipping.output.neverRan());
    place = await flushHeld(shipping, place, { chunk, isOver });
    if (isOver) return;
    quietPolls += 1;
    const isQuiet = quietPolls > QUIET_POLLS_COUNT && !hasEnded && place.held === undefined;
    await shipping.wait(isQuiet ? QUIET_POLL_MS : POLL_MS);
    overflow = undefined;
  }
  await new Promise<never>(() => {});
}

type ReadAhead = Promise<{ readonly hasEnded: boolean; readonly chunk: LogChunk }>;

/** The next lines, and whether the container had ended before they were looked for. */
async function readOn(shipping: Shipping, cursor: LogCursor | undefined): ReadAhead {
  const hasEnded = shipping.output.hasEnded();
  return { hasEnded, chunk: await readChunk(shipping, cursor) };
}

/** Sends the lines of a chunk, or leaves them out and says so after the last of them. */
async function take(
  shipping: Shipping,
  place: Place,
  { chunk, step }: { readonly chunk: LogChunk; readonly step: OverflowStep },
): Promise<Place> {
  const { cursor, lines } = chunk;
  if (!step.isDropped) return deliver(shipping, place, { lineCount: lines.length, cursor }, lines);
  const next = { ...place, cursor };
  await tellDropped(shipping, next, step.toldLines);
  return next;
}

/** Sends the held event when nothing more can belong to it. (LOG-20) */
async function flushHeld(
  shipping: Shipping,
  place: Place,
  { chunk, isOver }: { readonly chunk: LogChunk; readonly isOver: boolean },
): Promise<Place> {
  const { deps, output } = shipping;
  if (place.held === undefined) return place;
  const waitedMs = Math.abs(deps.clock.now() - place.held.timestampMs);
  if (!isOver && waitedMs < output.stream.target.flushIntervalMs) return place;
  const cursor = place.cursor ?? chunk.cursor;
  return deliver(shipping, place, { lineCount: 0, cursor, isFlush: true }, []);
}

/**
 * What came while no agent ran, or while this one rested, is sent whatever its size: only what comes while the service is
 * busy with it has to fit.
 */
const afterRest = ({ output }: Shipping, chunk: LogChunk): Overflow =>
  noOverflow(output.stream.target.bufferMaxBytes, chunk.readBytes + chunk.backlogBytes);

/** Sends lines and keeps the cursor behind them; answers the same place when stopped before all were accepted. */
async function deliver(
  shipping: Shipping,
  place: Place,
  sending: LogSending,
  lines: readonly LogLine[],
): Promise<Place> {
  const { output, signal } = shipping;
  await output.save({ ...place, sending });
  const { batches, held } = batchesOf(shipping, place, sending, lines);
  for (const batch of batches) await putBatch(shipping, batch);
  if (signal.aborted) return place;
  const next = { cursor: sending.cursor, held };
  await output.save(next);
  // Where nothing may be lost the host keeps many files: those that are read make room.
  if (output.stream.target.bufferMaxBytes === undefined)
    await shipping.deps.driver.forgetLogs?.(output.runtimeId, sending.cursor).catch(() => {});
  return next;
}

function batchesOf({ output }: Shipping, place: Place, sending: LogSending, lines: readonly LogLine[]) {
  const { multiline, batchMaxCount } = output.stream.target;
  const { events, held } = groupLines(multiline, place.held, lines);
  const isFlushed = sending.isFlush === true && held !== undefined;
  return {
    batches: logBatches(isFlushed ? [...events, held] : events, batchMaxCount),
    held: isFlushed ? undefined : held,
  };
}

/** Sends what the last run of the agent had begun to send and the service does not have. Answers where to read on. */
async function finishSending(shipping: Shipping): Promise<Place> {
  const { output, signal } = shipping;
  const { cursor, held, sending } = output.progress;
  const place: Place = { cursor, held };
  if (sending === undefined) return place;
  const { lines } = sending.lineCount === 0 ? { lines: [] } : await readChunk(shipping, cursor);
  // Output that cannot be read any more is read again as far as it can, like any other.
  if (lines.length < sending.lineCount) return place;
  const sent = batchesOf(shipping, place, sending, lines.slice(0, sending.lineCount));
  const tail = await streamTail(shipping);
  const accepted = acceptedBatchCount(sent.batches, tail);
  for (const batch of sent.batches.slice(accepted)) await putBatch(shipping, batch);
  if (signal.aborted) return place;
  const next = { cursor: sending.cursor, held: sent.held };
  await output.save(next);
  return next;
}

/** The engine forgets an output only together with its container, and then nothing more can come. */
async function readChunk({ deps, output }: Shipping, cursor: LogCursor | undefined): Promise<LogChunk> {
  const { driver, log } = deps;
  try {
    return await driver.readLogs(output.runtimeId, cursor, READ_MAX_BYTES);
  } catch (error) {
    log.warn('logs.read-failed', { runtimeId: output.runtimeId, error: String(error) });
    const isEnd = await driver.inspectContainer(output.runtimeId).then(
      (state) => state === undefined,
      () => false,
    );
    return { lines: [], cursor: cursor ?? {}, isEnd, readBytes: 0, backlogBytes: 0, isGap: false };
  }
}

const GAP_TEXT = 'Some output was lost here: its log files were rotated away before they were read.';

/** The lines of the chunk, if any, are still to be sent: only without them the place moves. */
async function tellGap(shipping: Shipping, place: Place, chunk: LogChunk): Promise<Place> {
  await tell(shipping, GAP_TEXT, {});
  return chunk.lines.length > 0 ? place : { ...place, cursor: chunk.cursor };
}

/** Says how many lines were left out, where they are missing. (LOG-22) */
async function tellDropped(shipping: Shipping, place: Place, lineCount: number): Promise<void> {
  if (lineCount === 0) return;
  const { bufferMaxBytes } = shipping.output.stream.target;
  const text = `${lineCount} lines were dropped here: more than ${bufferMaxBytes} bytes (max-buffer-size) waited to be sent in the non-blocking mode.`;
  await tell(shipping, text, { lines: lineCount });
  await shipping.output.save(place);
}

/** An event of ours in the container's own stream, and the same in the agent's log. */
async function tell(shipping: Shipping, text: string, fields: Readonly<Record<string, number>>) {
  const { deps, output } = shipping;
  deps.log.warn('logs.dropped', { stream: output.stream.stream, text, ...fields });
  await putBatch(shipping, [{ timestamp: deps.clock.now(), message: `[gantry] ${text}` }]);
}
