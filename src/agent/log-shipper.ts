import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Rng } from '../lib/rng.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import type { LogChunk, LogCursor, RuntimeDriver } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import { backoffMs, LOGS_BACKOFF } from './backoff.ts';
import { type LogEvent, logBatches } from './log-batch.ts';
import { acceptedBatchCount, type LogProgress } from './log-progress.ts';
import type { LogService, LogStream } from './log-service.ts';
import { pause } from './pause.ts';

/** How often a quiet container's output is looked at; one that writes is read again at once. (AGT-14) */
const POLL_MS = 1_000;
/** After this long without output a container is looked at less often. */
const QUIET_POLLS_COUNT = 30;
const QUIET_POLL_MS = 3_000;
const READ_MAX_BYTES = 1_048_576;
/** Answers from this status on say nothing about the request. */
const SERVER_FAULT_STATUS = 500;

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
  const drained = ship(shipping);
  return {
    hurry: () => waiting.abort(),
    drained,
    stop: () => stopping.abort(),
  };
}

interface Shipping {
  readonly deps: ShipperDeps;
  readonly output: ShippedOutput;
  readonly signal: AbortSignal;
  wait(ms: number): Promise<void>;
}

/** Resolves at the end of the output; never resolves when stopped before that. */
async function ship(shipping: Shipping): Promise<void> {
  const { output, signal } = shipping;
  let cursor = await finishSending(shipping);
  let quietPolls = 0;
  while (!signal.aborted) {
    const hasEnded = output.hasEnded();
    const chunk = await readChunk(shipping, cursor);
    if (chunk.lines.length > 0) {
      quietPolls = 0;
      cursor = (await deliver(shipping, chunk, cursor)) ?? cursor;
      continue;
    }
    if (hasEnded && chunk.isEnd) return;
    quietPolls += 1;
    await shipping.wait(quietPolls > QUIET_POLLS_COUNT && !hasEnded ? QUIET_POLL_MS : POLL_MS);
  }
  await new Promise<never>(() => {});
}

/** Sends the lines of a chunk and keeps the cursor behind them; undefined when stopped before all were accepted. */
async function deliver(
  shipping: Shipping,
  chunk: LogChunk,
  cursor: LogCursor | undefined,
): Promise<LogCursor | undefined> {
  const { output, signal } = shipping;
  await output.save({ cursor, sending: { lineCount: chunk.lines.length, cursor: chunk.cursor } });
  for (const batch of logBatches(chunk.lines)) await putBatch(shipping, batch);
  if (signal.aborted) return undefined;
  await output.save({ cursor: chunk.cursor });
  return chunk.cursor;
}

/** Sends what the last run of the agent had begun to send and the service does not have. Answers where to read on. */
async function finishSending(shipping: Shipping): Promise<LogCursor | undefined> {
  const { output, signal } = shipping;
  const { cursor, sending } = output.progress;
  if (sending === undefined) return cursor;
  const { lines } = await readChunk(shipping, cursor);
  // Output that cannot be read any more is read again as far as it can, like any other.
  if (lines.length < sending.lineCount) return cursor;
  const batches = logBatches(lines.slice(0, sending.lineCount));
  const tail = await streamTail(shipping);
  for (const batch of batches.slice(acceptedBatchCount(batches, tail))) await putBatch(shipping, batch);
  if (signal.aborted) return cursor;
  await output.save({ cursor: sending.cursor });
  return sending.cursor;
}

/** Waits for a control plane that is down as well; a refusal is taken for "nothing has arrived". */
async function streamTail({ deps, output, signal }: Shipping): Promise<readonly LogEvent[]> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await deps.service.tail(output.stream, output.readCredentials);
    } catch (error) {
      deps.log.warn('logs.tail-failed', { stream: output.stream.stream, error: String(error) });
      if (!isUnanswered(error)) return [];
      await pause(deps.clock, backoffMs(LOGS_BACKOFF, attempt, deps.rng), signal);
    }
  }
  return [];
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
    return { lines: [], cursor: cursor ?? {}, isEnd };
  }
}

/** Tries until the service accepts the batch, or refuses it in a way that no repetition changes. */
async function putBatch(shipping: Shipping, events: readonly LogEvent[]): Promise<void> {
  const { deps, output, signal } = shipping;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const credentials = output.credentials();
    if (credentials === undefined) {
      await pause(deps.clock, POLL_MS, signal);
      continue;
    }
    try {
      await deps.service.put(output.stream, events, credentials);
      return;
    } catch (error) {
      if (isFinal(error)) {
        deps.log.warn('logs.refused', {
          stream: output.stream.stream,
          error: String(error),
          lines: events.length,
        });
        return;
      }
      await recreateMissing(shipping, error, credentials);
      await pause(deps.clock, backoffMs(LOGS_BACKOFF, attempt, deps.rng), signal);
      if (isUnanswered(error) && (await hasArrived(shipping, events))) return;
    }
  }
}

/** The request may have been carried out all the same. */
const isUnanswered = (error: unknown): boolean =>
  !(error instanceof AwsError) || error.status >= SERVER_FAULT_STATUS;

const hasArrived = async (shipping: Shipping, events: readonly LogEvent[]): Promise<boolean> =>
  acceptedBatchCount([events], await streamTail(shipping)) === 1;

const isFinal = (error: unknown): boolean =>
  error instanceof AwsError && error.code === 'InvalidParameterException';

/** A stream that was deleted under a running container is made again. */
async function recreateMissing({ deps, output }: Shipping, error: unknown, credentials: SigningCredentials) {
  if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') return;
  await deps.service.ensureStream(output.stream, credentials).catch(() => {});
}
