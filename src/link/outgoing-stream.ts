import { type Instant, plusMs } from '../lib/clock.ts';

/** A message that was sent and not acknowledged yet. */
export interface Unacknowledged<Message> {
  readonly sequence: number;
  readonly message: Message;
  readonly sentAt: Instant;
  /** How often it was sent again since the channel's connection was made. */
  readonly resendCount: number;
}

/** The sending side of one direction of a data channel. Messages are numbered from 0, also across reconnections. */
export interface OutgoingStream<Message> {
  readonly nextSequence: number;
  /** Oldest first. */
  readonly unacknowledged: readonly Unacknowledged<Message>[];
  readonly roundTripMs: number;
  readonly variationMs: number;
  /** A message without an answer for this long is sent again. */
  readonly timeoutMs: number;
}

/** The oldest message is looked at this often. (EXE-23) */
export const RESEND_CHECK_MS = 100;
const FIRST_ROUND_TRIP_MS = 100;
const FIRST_TIMEOUT_MS = 200;
const TIMEOUT_MAX_MS = 1_000;
const VARIATION_MIN_MS = 10;
/**
 * A receiver that took a message, and lost the connection before its acknowledgement arrived, never acknowledges it
 * again. After so many resends, when a later message was acknowledged, it counts as taken. (EXE-23)
 */
const PRESUMED_AFTER_RESENDS = 10;

/** A stream that has sent nothing. */
export const newOutgoingStream = <Message>(): OutgoingStream<Message> => ({
  nextSequence: 0,
  unacknowledged: [],
  roundTripMs: FIRST_ROUND_TRIP_MS,
  variationMs: 0,
  timeoutMs: FIRST_TIMEOUT_MS,
});

/** The stream after a message was sent at `now`; its number is the `nextSequence` of before. */
export function sent<Message>(
  stream: OutgoingStream<Message>,
  message: Message,
  now: Instant,
): OutgoingStream<Message> {
  const entry = { sequence: stream.nextSequence, message, sentAt: now, resendCount: 0 };
  return {
    ...stream,
    nextSequence: stream.nextSequence + 1,
    unacknowledged: [...stream.unacknowledged, entry],
  };
}

/** The stream after an acknowledgement. One of a number that waits for none changes nothing. */
export function acknowledged<Message>(
  stream: OutgoingStream<Message>,
  sequence: number,
  now: Instant,
): OutgoingStream<Message> {
  const at = stream.unacknowledged.findIndex((entry) => entry.sequence === sequence);
  const entry = stream.unacknowledged[at];
  if (entry === undefined) return stream;
  const earlier = stream.unacknowledged
    .slice(0, at)
    .filter(({ resendCount }) => resendCount < PRESUMED_AFTER_RESENDS);
  const unacknowledged = [...earlier, ...stream.unacknowledged.slice(at + 1)];
  // What was sent twice tells nothing about the line.
  if (entry.resendCount > 0) return { ...stream, unacknowledged };
  const measuredMs = Math.max(0, now - entry.sentAt);
  const variationMs = 0.75 * stream.variationMs + 0.25 * Math.abs(stream.roundTripMs - measuredMs);
  const roundTripMs = 0.875 * stream.roundTripMs + 0.125 * measuredMs;
  const timeoutMs = Math.min(TIMEOUT_MAX_MS, roundTripMs + Math.max(VARIATION_MIN_MS, 4 * variationMs));
  return { ...stream, unacknowledged, roundTripMs, variationMs, timeoutMs };
}

/** The oldest message when it has waited too long, and the stream after it was sent again. */
export function resendDue<Message>(
  stream: OutgoingStream<Message>,
  now: Instant,
): { readonly stream: OutgoingStream<Message>; readonly due: Unacknowledged<Message> } | undefined {
  const [oldest, ...later] = stream.unacknowledged;
  if (oldest === undefined || now < plusMs(oldest.sentAt, stream.timeoutMs)) return undefined;
  const again = { ...oldest, sentAt: now, resendCount: oldest.resendCount + 1 };
  return { stream: { ...stream, unacknowledged: [again, ...later] }, due: again };
}

/** The stream on a new connection, on which all that waits is sent again at once. */
export const reconnected = <Message>(
  stream: OutgoingStream<Message>,
  now: Instant,
): OutgoingStream<Message> => ({
  ...stream,
  unacknowledged: stream.unacknowledged.map((entry) => ({ ...entry, sentAt: now, resendCount: 1 })),
});
