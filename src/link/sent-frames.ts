import { type DataMessage, PAYLOAD } from '../domain/data-message.ts';
import { type Clock, plusMs } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { ByteSocket } from './byte-socket.ts';
import { encodeDataMessage } from './data-message.ts';
import {
  acknowledged,
  newOutgoingStream,
  type OutgoingStream,
  RESEND_CHECK_MS,
  reconnected,
  resendDue,
  sent,
} from './outgoing-stream.ts';

/** What an end of a data channel needs to send. */
export interface SenderDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The connection now; undefined while there is none. */
  readonly socket: () => ByteSocket | undefined;
}

/** A message of a data channel in its binary form; what is not said is what most messages have. (EXE-20) */
export function dataFrame(
  { clock, ids }: Pick<SenderDeps, 'clock' | 'ids'>,
  parts: Partial<DataMessage> & Pick<DataMessage, 'messageType' | 'payload'>,
): Buffer {
  return encodeDataMessage({
    createdAt: clock.now(),
    sequenceNumber: 0,
    flags: 0,
    messageId: ids.uuid(),
    payloadType: PAYLOAD.none,
    ...parts,
  });
}

/**
 * What one end of a data channel has sent, and sends again until it is acknowledged: a plugin drops, without a word, what
 * comes before its terminal is ready. It outlives connections. (EXE-23)
 */
export class SentFrames {
  readonly #deps: SenderDeps;
  #stream: OutgoingStream<Buffer> = newOutgoingStream();
  #cancelResend: (() => void) | undefined;
  #isStopped = false;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
  }

  /** The number of the next frame. */
  get nextSequence(): number {
    return this.#stream.nextSequence;
  }

  /** How many are under way. */
  get waitingCount(): number {
    return this.#stream.unacknowledged.length;
  }

  /** Sends the frame of the next number. */
  send(frame: Buffer): void {
    this.#stream = sent(this.#stream, frame, this.#deps.clock.now());
    this.#deps.socket()?.sendBytes(frame);
    this.#scheduleResend();
  }

  /** The other end has the frame of this number. */
  acknowledge(sequence: number): void {
    this.#stream = acknowledged(this.#stream, sequence, this.#deps.clock.now());
  }

  /** On a new connection: all that is under way may have been lost with the old one. */
  sendAllAgain(): void {
    this.#stream = reconnected(this.#stream, this.#deps.clock.now());
    const socket = this.#deps.socket();
    for (const { message } of this.#stream.unacknowledged) socket?.sendBytes(message);
    this.#scheduleResend();
  }

  /** Sends nothing again any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelResend?.();
  }

  #scheduleResend(): void {
    const { clock, socket } = this.#deps;
    if (this.#isStopped) return;
    this.#cancelResend ??= clock.schedule(plusMs(clock.now(), RESEND_CHECK_MS), () => {
      this.#cancelResend = undefined;
      const connected = socket();
      // A new connection begins anew.
      if (connected === undefined || this.#isStopped) return;
      const resend = resendDue(this.#stream, clock.now());
      if (resend !== undefined) {
        this.#stream = resend.stream;
        connected.sendBytes(resend.due.message);
      }
      if (this.waitingCount > 0) this.#scheduleResend();
    });
  }
}
