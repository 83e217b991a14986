import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { type DataMessage, PAYLOAD } from '../../../src/domain/data-message.ts';
import { decodeDataMessage, encodeDataMessage } from '../../../src/link/data-message.ts';

/**
 * A client of a data channel that keeps the rules of AWS's plugin, the odd ones too: it drops, without a word, the output
 * that comes before its terminal is ready, and does not acknowledge what it has taken before.
 */
export interface PluginClient {
  shown(): string;
  /** Waits until it has shown this text. */
  waitFor(text: string): Promise<void>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Cuts the connection. */
  cut(): void;
  /** Comes back with a new token; numbers go on. */
  comeBack(token: string): Promise<void>;
  /** Numbers of the output messages in the order in which they came, repetitions included. */
  readonly received: readonly number[];
  /** What `channel_closed` said. */
  readonly closed: Promise<Readonly<Record<string, unknown>>>;
  /** The code with which the server closed. */
  readonly closeCode: Promise<number>;
}

/** Connects. The first `dropCount` pieces of output are lost, as before a plugin's terminal is ready. */
export async function connectPlugin(
  session: { readonly streamUrl: string; readonly tokenValue: string },
  { dropCount = 0 }: { readonly dropCount?: number } = {},
): Promise<PluginClient> {
  let socket: WebSocket;
  let shown = '';
  let expected = 0;
  let sequence = 0;
  let leftToDrop = dropCount;
  let watchers: (() => void)[] = [];
  const early = new Map<number, DataMessage>();
  const received: number[] = [];
  const closed = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  const closeCode = Promise.withResolvers<number>();

  const send = (messageType: string, payload: object | string, more: Partial<DataMessage> = {}): void =>
    socket.send(
      encodeDataMessage({
        messageType,
        createdAt: Date.now(),
        sequenceNumber: 0,
        flags: 0,
        messageId: randomUUID(),
        payloadType: 0,
        payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
        ...more,
      }),
    );
  const input = (payloadType: number, payload: object | string): void => {
    send('input_stream_data', payload, { payloadType, sequenceNumber: sequence });
    sequence += 1;
  };
  const acknowledge = (message: DataMessage): void =>
    send(
      'acknowledge',
      {
        AcknowledgedMessageType: message.messageType,
        AcknowledgedMessageId: message.messageId,
        AcknowledgedMessageSequenceNumber: message.sequenceNumber,
        IsSequentialMessage: true,
      },
      { flags: 3 },
    );
  const handle = (message: DataMessage): void => {
    if (message.payloadType === PAYLOAD.handshakeRequest) {
      input(PAYLOAD.handshakeResponse, {
        ClientVersion: '1.2.677.0',
        ProcessedClientActions: [
          { ActionType: 'SessionType', ActionStatus: 1, ActionResult: null, Error: '' },
        ],
        Errors: null,
      });
    } else if (message.payloadType === PAYLOAD.handshakeComplete) {
      input(PAYLOAD.size, { cols: 80, rows: 24 });
    } else shown += Buffer.from(message.payload).toString('utf8');
    for (const look of watchers) look();
  };
  const take = (message: DataMessage): void => {
    received.push(message.sequenceNumber);
    if (message.sequenceNumber < expected) return;
    if (message.sequenceNumber > expected) {
      early.set(message.sequenceNumber, message);
      acknowledge(message);
      return;
    }
    if (message.payloadType === PAYLOAD.output && leftToDrop > 0) {
      leftToDrop -= 1;
      return;
    }
    acknowledge(message);
    handle(message);
    expected += 1;
    for (let next = early.get(expected); next !== undefined; next = early.get(expected)) {
      handle(next);
      expected += 1;
    }
  };
  const open = async (token: string): Promise<void> => {
    socket = new WebSocket(session.streamUrl);
    socket.on('message', (data: Buffer) => {
      const message = decodeDataMessage(data);
      if (message?.messageType === 'output_stream_data') take(message);
      if (message?.messageType === 'channel_closed')
        closed.resolve(JSON.parse(Buffer.from(message.payload).toString('utf8')));
    });
    socket.on('close', (code) => closeCode.resolve(code));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.on('open', () => resolve());
    socket.on('error', reject);
    await promise;
    socket.send(
      JSON.stringify({
        MessageSchemaVersion: '1.0',
        RequestId: randomUUID(),
        TokenValue: token,
        ClientId: randomUUID(),
      }),
    );
  };
  await open(session.tokenValue);
  return {
    shown: () => shown,
    waitFor: async (text) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (shown.includes(text)) resolve();
      };
      watchers.push(look);
      look();
      await promise;
      watchers = watchers.filter((watcher) => watcher !== look);
    },
    type: (text) => input(PAYLOAD.output, text),
    resize: (columns, rows) => input(PAYLOAD.size, { cols: columns, rows }),
    cut: () => socket.terminate(),
    comeBack: open,
    received,
    closed: closed.promise,
    closeCode: closeCode.promise,
  };
}
