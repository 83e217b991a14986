import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { AwsError } from './aws-call.ts';
import { backoffMs, LOGS_BACKOFF } from './backoff.ts';
import type { LogEvent } from './log-batch.ts';
import { acceptedBatchCount } from './log-progress.ts';
import type { ShippedOutput, ShipperDeps } from './log-shipper.ts';
import { pause } from './pause.ts';

/** How often the credentials of a role that are not known yet are looked for. */
const CREDENTIALS_POLL_MS = 1_000;
/** Answers from this status on say nothing about the request. */
const SERVER_FAULT_STATUS = 500;

/** Sending to one stream, until `signal` ends it. */
export interface Delivery {
  readonly deps: ShipperDeps;
  readonly output: ShippedOutput;
  readonly signal: AbortSignal;
}

/** Tries until the service accepts the batch, or refuses it in a way that no repetition changes. (AGT-14) */
export async function putBatch(delivery: Delivery, events: readonly LogEvent[]): Promise<void> {
  const { deps, output, signal } = delivery;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const credentials = output.credentials();
    if (credentials === undefined) {
      await pause(deps.clock, CREDENTIALS_POLL_MS, signal);
      continue;
    }
    try {
      await deps.service.put(output.stream, events, credentials);
      return;
    } catch (error) {
      if (isFinal(error)) {
        const refused = { stream: output.stream.stream, error: String(error), lines: events.length };
        deps.log.warn('logs.refused', refused);
        return;
      }
      await recreateMissing(delivery, error, credentials);
      await pause(deps.clock, backoffMs(LOGS_BACKOFF, attempt, deps.rng), signal);
      if (isUnanswered(error) && (await hasArrived(delivery, events))) return;
    }
  }
}

/**
 * The end of the stream. Waits for a control plane that is down as well; a refusal is taken for "nothing has arrived".
 */
export async function streamTail({ deps, output, signal }: Delivery): Promise<readonly LogEvent[]> {
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

/** The request may have been carried out all the same. */
export const isUnanswered = (error: unknown): boolean =>
  !(error instanceof AwsError) || error.status >= SERVER_FAULT_STATUS;

const hasArrived = async (delivery: Delivery, events: readonly LogEvent[]): Promise<boolean> =>
  acceptedBatchCount([events], await streamTail(delivery)) === 1;

const isFinal = (error: unknown): boolean =>
  error instanceof AwsError && error.code === 'InvalidParameterException';

/** A stream that was deleted under a running container is made again. */
async function recreateMissing({ deps, output }: Delivery, error: unknown, credentials: SigningCredentials) {
  if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') return;
  await deps.service.ensureStream(output.stream, credentials).catch(() => {});
}
