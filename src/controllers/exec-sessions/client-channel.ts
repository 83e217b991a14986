import {
  type DataMessage,
  type DataMessageType,
  PAYLOAD,
  type TerminalSize,
} from '../../domain/data-message.ts';
import { type Clock, type Instant, plusMs } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { ByteSocket } from '../../link/byte-socket.ts';
import {
  acknowledgePayload,
  type ChannelClosed,
  channelClosedPayload,
  handshakeCompletePayload,
  handshakeRequestPayload,
  readAcknowledge,
  readHandshakeResponse,
  readSize,
} from '../../link/data-channel-texts.ts';
import { decodeDataMessage } from '../../link/data-message.ts';
import { type IncomingStream, newIncomingStream, received } from '../../link/incoming-stream.ts';
import { keepPulse } from '../../link/pulse.ts';
import { dataFrame, SentFrames } from '../../link/sent-frames.ts';

/** What the agent in an AWS container would call itself; plugins choose features by it. */
const AGENT_VERSION = '3.3.3598.0';
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** The text of AWS's agent. (EXE-22) */
const HANDSHAKE_TIMEOUT =
  'Handshake timed out. Please ensure that you have the latest version of the session manager plugin.';
/** A plugin sends its size some milliseconds after the handshake; one that does not is not waited for. (EXE-22) */
const SIZE_WAIT_MS = 1_000;
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };
/** Terminal output travels in pieces of at most this many bytes. (EXE-25) */
const PIECE_MAX_BYTES = 1_024;
/** With so many pieces under way the channel is full, and has room again when half of them are acknowledged. (EXE-26) */
const WINDOW_COUNT = 512;
/** How long the end of a session waits for its last output to be acknowledged. (EXE-40) */
const FLUSH_MAX_MS = 2_000;
/** The socket stays open this long after `channel_closed`, for the client to leave first. */
const LEAVE_MS = 500;
const ACKNOWLEDGE_FLAGS = 3;
const FIRST_MESSAGE_FLAG = 1;

/** What a channel tells the session behind it. */
export interface ChannelEvents {
  /** The client is there and its terminal has this size: the command may start. Called once. */
  ready(size: TerminalSize): void;
  resized(size: TerminalSize): void;
  /** What was typed. */
  typed(bytes: Uint8Array): void;
  /** Whether typed bytes can be taken; the client keeps what is not taken and sends it again. */
  takesInput(): boolean;
  /** The channel was full and has room again. */
  hasRoom(): void;
  /** The client is gone; `attach` brings it back. */
  lost(): void;
  /** The client and we do not understand each other. */
  failed(reason: string): void;
}

/** What a channel is made of. */
export interface ChannelDeps {
  readonly clock: Clock;
  readonly ids: Ids;
}

/** The server's end of one client's data channel. It outlives the client's connections. (EXE-20 to EXE-27) */
export class ClientChannel {
  readonly #deps: ChannelDeps;
  readonly #session: { readonly sessionId: string; readonly target: string };
  readonly #events: ChannelEvents;
  readonly #sent: SentFrames;
  #socket: ByteSocket | undefined;
  #stopPulse: () => void = () => {};
  #incoming: IncomingStream<DataMessage> = newIncomingStream();
  #phase: 'new' | 'handshake' | 'sizing' | 'open' | 'ended' = 'new';
  #handshakeAt: Instant | undefined;
  #wasFull = false;
  #cancelWait: () => void = () => {};
  #whenFlushed: (() => void) | undefined;

  constructor(
    deps: ChannelDeps,
    session: { readonly sessionId: string; readonly target: string },
    events: ChannelEvents,
  ) {
    this.#deps = deps;
    this.#session = session;
    this.#events = events;
    this.#sent = new SentFrames({ ...deps, socket: () => this.#socket });
  }

  /** Whether a client is connected. */
  get isAttached(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether more output should wait. What is written nevertheless is kept. */
  get isFull(): boolean {
    return this.#sent.waitingCount >= WINDOW_COUNT;
  }

  /** Serves a client that has shown its token, the first or one that has come back. */
  attach(socket: ByteSocket): void {
    this.#socket?.close(1000, 'replaced by a newer connection');
    this.#stopPulse();
    this.#socket = socket;
    // A client that cannot show its output reads nothing, our questions included.
    this.#stopPulse = keepPulse(this.#deps.clock, socket, () => this.#sent.waitingCount > 0);
    if (this.#phase === 'new') this.#shakeHands();
    else this.#sent.sendAllAgain();
  }

  /** Takes a frame of the client's connection, the opening one excepted. */
  receive(socket: ByteSocket, frame: string | Uint8Array): void {
    if (socket !== this.#socket || this.#phase === 'ended' || typeof frame === 'string') return;
    const message = decodeDataMessage(frame);
    if (message?.messageType === 'acknowledge') this.#acknowledged(message);
    else if (message?.messageType === 'input_stream_data') this.#received(message);
  }

  /** The connection has closed. */
  closed(socket: ByteSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#stopPulse();
    if (this.#phase !== 'ended') this.#events.lost();
  }

  /** Sends what the terminal shows. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE_MAX_BYTES) {
      this.#send(PAYLOAD.output, bytes.subarray(at, at + PIECE_MAX_BYTES));
    }
  }

  /** Waits a little for the last output to arrive, says why the channel ends, and lets the client go. (EXE-40) */
  async finish(closed: ChannelClosed): Promise<void> {
    if (this.#hasEnded()) return;
    await this.#flushed();
    if (this.#hasEnded()) return;
    this.#phase = 'ended';
    this.#cancelWait();
    this.#sent.stop();
    const socket = this.#socket;
    if (socket === undefined) return;
    const { clock, ids } = this.#deps;
    const messageId = ids.uuid();
    const payload = channelClosedPayload(closed, {
      messageId,
      createdAt: clock.now(),
      target: this.#session.target,
    });
    socket.sendBytes(this.#encoded('channel_closed', { messageId, payload }));
    const leaving = Promise.withResolvers<void>();
    clock.schedule(plusMs(clock.now(), LEAVE_MS), () => leaving.resolve());
    await leaving.promise;
    socket.close(1000, 'session ended');
  }

  /** Ends without a word. */
  drop(code: number, reason: string): void {
    this.#phase = 'ended';
    this.#cancelWait();
    this.#sent.stop();
    this.#whenFlushed?.();
    this.#stopPulse();
    this.#socket?.close(code, reason);
  }

  #hasEnded(): boolean {
    return this.#phase === 'ended';
  }

  #shakeHands(): void {
    this.#phase = 'handshake';
    this.#handshakeAt = this.#deps.clock.now();
    this.#waitFor(HANDSHAKE_TIMEOUT_MS, () => this.#events.failed(HANDSHAKE_TIMEOUT));
    this.#send(PAYLOAD.handshakeRequest, handshakeRequestPayload(AGENT_VERSION));
  }

  #acknowledged({ payload }: DataMessage): void {
    const sequence = readAcknowledge(payload);
    if (sequence === undefined) return;
    this.#sent.acknowledge(sequence);
    const { waitingCount } = this.#sent;
    if (waitingCount === 0) this.#whenFlushed?.();
    if (!this.#wasFull || waitingCount > WINDOW_COUNT / 2) return;
    this.#wasFull = false;
    this.#events.hasRoom();
  }

  #received(message: DataMessage): void {
    const entry = { sequence: message.sequenceNumber, message };
    // Sizes and the handshake are small, few and never in the way.
    const hasRoom = message.payloadType !== PAYLOAD.output || this.#events.takesInput();
    const { stream, taken, isAcknowledged } = received(this.#incoming, entry, hasRoom);
    this.#incoming = stream;
    if (isAcknowledged) this.#acknowledge(message);
    for (const each of taken) this.#handle(each);
  }

  #handle({ payloadType, payload }: DataMessage): void {
    if (payloadType === PAYLOAD.output) this.#events.typed(payload);
    else if (payloadType === PAYLOAD.size) this.#sized(readSize(payload));
    else if (payloadType === PAYLOAD.handshakeResponse) this.#answered(payload);
  }

  #answered(payload: Uint8Array): void {
    if (this.#phase !== 'handshake') return;
    const answer = readHandshakeResponse(payload);
    if (answer?.isAccepted !== true) {
      this.#events.failed(answer?.error || 'The client does not take sessions of this type.');
      return;
    }
    this.#phase = 'sizing';
    const now = this.#deps.clock.now();
    this.#send(PAYLOAD.handshakeComplete, handshakeCompletePayload(now - (this.#handshakeAt ?? now)));
    this.#waitFor(SIZE_WAIT_MS, () => this.#sized(DEFAULT_SIZE));
  }

  #sized(size: TerminalSize | undefined): void {
    if (size === undefined) return;
    if (this.#phase === 'open') this.#events.resized(size);
    if (this.#phase !== 'sizing') return;
    this.#phase = 'open';
    this.#cancelWait();
    this.#events.ready(size);
  }

  #acknowledge(message: DataMessage): void {
    const payload = acknowledgePayload(message);
    this.#socket?.sendBytes(this.#encoded('acknowledge', { payload, flags: ACKNOWLEDGE_FLAGS }));
  }

  #send(payloadType: number, payload: Uint8Array): void {
    const { nextSequence } = this.#sent;
    const frame = this.#encoded('output_stream_data', {
      payload,
      payloadType,
      sequenceNumber: nextSequence,
      flags: nextSequence === 0 ? FIRST_MESSAGE_FLAG : 0,
    });
    this.#sent.send(frame);
    if (this.isFull) this.#wasFull = true;
  }

  #encoded(messageType: DataMessageType, parts: Partial<DataMessage> & Pick<DataMessage, 'payload'>): Buffer {
    return dataFrame(this.#deps, { messageType, ...parts });
  }

  async #flushed(): Promise<void> {
    if (this.#sent.waitingCount === 0) return;
    const flushed = Promise.withResolvers<void>();
    this.#whenFlushed = () => flushed.resolve();
    const { clock } = this.#deps;
    const cancel = clock.schedule(plusMs(clock.now(), FLUSH_MAX_MS), () => flushed.resolve());
    await flushed.promise;
    cancel();
  }

  #waitFor(ms: number, then: () => void): void {
    this.#cancelWait();
    this.#cancelWait = this.#deps.clock.schedule(plusMs(this.#deps.clock.now(), ms), then);
  }
}
