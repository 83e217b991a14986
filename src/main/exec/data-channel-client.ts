import { WebSocket } from 'ws';
import { type DataMessage, PAYLOAD, type TerminalSize } from '../../domain/data-message.ts';
import { type Clock, plusMs } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { ByteSocket } from '../../link/byte-socket.ts';
import {
  acknowledgePayload,
  type ChannelClosed,
  handshakeResponsePayload,
  openDataChannelText,
  readAcknowledge,
  readChannelClosed,
  readHandshakeComplete,
  readHandshakeRequest,
  sizePayload,
} from '../../link/data-channel-texts.ts';
import { decodeDataMessage } from '../../link/data-message.ts';
import { type IncomingStream, newIncomingStream, received } from '../../link/incoming-stream.ts';
import { keepPulse } from '../../link/pulse.ts';
import { dataFrame, SentFrames } from '../../link/sent-frames.ts';
import { byteSocketOf } from '../../link/ws-byte-socket.ts';

/** Where a session's data channel is, and what opens it. */
export interface ChannelAddress {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
}

/** What a client shows and asks. */
export interface ClientTerminal {
  /** Shows output; false when no more should come before `drained` resolves. */
  show(bytes: Uint8Array): boolean;
  drained(): Promise<void>;
  size(): TerminalSize;
  /** The handshake is done: typing may begin. `message` is for the user, mostly empty. */
  opened(message: string): void;
}

/** What a client is made of. */
export interface DataChannelOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly terminal: ClientTerminal;
  /** Asks for a new token after a lost connection; undefined when the session is over. */
  readonly resume: () => Promise<ChannelAddress | undefined>;
}

/** As the version that this client's behaviour is that of. */
const CLIENT_VERSION = '1.2.764.0';
/** What is typed travels in pieces of at most this many bytes. */
const PIECE_MAX_BYTES = 1_024;
/** With so many pieces under way no more should be typed. */
const WINDOW_COUNT = 256;
const CONNECT_ATTEMPTS_MAX_COUNT = 6;
const FIRST_PAUSE_MS = 100;
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Over: what the server said at the end, or undefined when the session could not be found again. */
export type SessionEnd = ChannelClosed | undefined;

/** A client's end of a data channel. */
export class DataChannelClient {
  readonly #options: DataChannelOptions;
  readonly #clientId: string;
  readonly #sent: SentFrames;
  readonly #ended = Promise.withResolvers<SessionEnd>();
  #socket: ByteSocket | undefined;
  #incoming: IncomingStream<DataMessage> = newIncomingStream();
  #isOpen = false;
  #isOver = false;
  #isWaiting = false;
  #roomWaiters: (() => void)[] = [];

  constructor(options: DataChannelOptions) {
    this.#options = options;
    this.#clientId = options.ids.uuid();
    this.#sent = new SentFrames({ ...options, socket: () => this.#socket });
  }

  /** Connects, and resolves when the session is over. Rejects when the first connection cannot be made. */
  async run(address: ChannelAddress): Promise<SessionEnd> {
    await this.#connect(address);
    return this.#ended.promise;
  }

  /** Sends what was typed. Resolves when more may be typed. */
  async type(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_MAX_BYTES) {
      this.#send(PAYLOAD.output, bytes.subarray(at, at + PIECE_MAX_BYTES));
    }
    if (this.#sent.waitingCount < WINDOW_COUNT || this.#isOver) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#roomWaiters.push(resolve);
    await promise;
  }

  /** Says that the terminal has another size. */
  resize(size: TerminalSize): void {
    if (this.#isOpen) this.#send(PAYLOAD.size, sizePayload(size));
  }

  /** Lets go of the connection without a word. */
  close(): void {
    this.#over(undefined);
  }

  async #connect(address: ChannelAddress): Promise<void> {
    const webSocket = new WebSocket(address.streamUrl, {
      perMessageDeflate: false,
      maxPayload: FRAME_BYTES_MAX,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    webSocket.once('open', () => resolve());
    webSocket.once('error', reject);
    await promise;
    const socket = byteSocketOf(webSocket);
    this.#socket = socket;
    const stopPulse = keepPulse(this.#options.clock, socket, () => this.#isWaiting);
    socket.onFrame((frame) => this.#frame(frame));
    socket.onClose(() => {
      stopPulse();
      if (socket === this.#socket && !this.#isOver) void this.#lost();
    });
    const { ids } = this.#options;
    socket.sendText(
      openDataChannelText({
        requestId: ids.uuid(),
        tokenValue: address.tokenValue,
        clientId: this.#clientId,
        clientVersion: CLIENT_VERSION,
      }),
    );
    this.#sent.sendAllAgain();
  }

  async #lost(): Promise<void> {
    this.#socket = undefined;
    const { clock, resume } = this.#options;
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 0; attempt < CONNECT_ATTEMPTS_MAX_COUNT && !this.#isOver; attempt += 1) {
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.schedule(plusMs(clock.now(), pauseMs), resolve);
      await promise;
      pauseMs *= 2;
      try {
        const address = await resume();
        if (address === undefined) break;
        await this.#connect(address);
        return;
      } catch {
        // The next attempt may do better; the last one ends the session.
      }
    }
    this.#over(undefined);
  }

  #over(end: SessionEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sent.stop();
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
    this.#socket?.close(1000, 'session ended');
    this.#ended.resolve(end);
  }

  #frame(frame: string | Uint8Array): void {
    if (this.#isOver) return;
    const bytes = typeof frame === 'string' ? Buffer.from(frame, 'latin1') : frame;
    const message = decodeDataMessage(bytes);
    if (message?.messageType === 'acknowledge') this.#acknowledged(message);
    else if (message?.messageType === 'output_stream_data') this.#received(message);
    else if (message?.messageType === 'channel_closed') this.#over(readChannelClosed(message.payload));
  }

  #acknowledged({ payload }: DataMessage): void {
    const sequence = readAcknowledge(payload);
    if (sequence === undefined) return;
    this.#sent.acknowledge(sequence);
    if (this.#sent.waitingCount > WINDOW_COUNT / 2) return;
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }

  #received(message: DataMessage): void {
    const entry = { sequence: message.sequenceNumber, message };
    const { stream, taken, isAcknowledged } = received(this.#incoming, entry, true);
    this.#incoming = stream;
    if (isAcknowledged) {
      const payload = acknowledgePayload(message);
      this.#socket?.sendBytes(dataFrame(this.#options, { messageType: 'acknowledge', payload, flags: 3 }));
    }
    for (const each of taken) this.#handle(each);
  }

  #handle({ payloadType, payload }: DataMessage): void {
    const { terminal } = this.#options;
    if (payloadType === PAYLOAD.handshakeRequest) {
      const actions = readHandshakeRequest(payload) ?? [];
      this.#send(PAYLOAD.handshakeResponse, handshakeResponsePayload(CLIENT_VERSION, actions));
    } else if (payloadType === PAYLOAD.handshakeComplete) {
      this.#isOpen = true;
      this.resize(terminal.size());
      terminal.opened(readHandshakeComplete(payload) ?? '');
    } else if (payloadType === PAYLOAD.output && !terminal.show(payload)) this.#waitForTerminal();
  }

  /** Output that nobody takes stays where it is. */
  #waitForTerminal(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#socket?.pause();
    void this.#options.terminal.drained().then(() => {
      this.#isWaiting = false;
      this.#socket?.resume();
    });
  }

  #send(payloadType: number, payload: Uint8Array): void {
    if (this.#isOver) return;
    this.#sent.send(
      dataFrame(this.#options, {
        messageType: 'input_stream_data',
        payload,
        payloadType,
        sequenceNumber: this.#sent.nextSequence,
      }),
    );
  }
}
