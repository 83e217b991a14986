import type { RawData, WebSocket } from 'ws';
import type { ByteSocket } from './byte-socket.ts';

/** The websocket protocol allows 123 bytes; our reasons are ASCII. */
const CLOSE_REASON_MAX_LENGTH = 123;

/** A `ws` websocket, open already, as a `ByteSocket`. What arrives before somebody listens is kept for the listener. */
export function byteSocketOf(webSocket: WebSocket): ByteSocket {
  let early: (() => void)[] | undefined = [];
  let onFrame: (frame: string | Uint8Array) => void = () => {};
  let onAlive: () => void = () => {};
  let onClose: (code: number, reason: string) => void = () => {};
  const tell = (event: () => void): void => {
    if (early === undefined) event();
    else early.push(event);
  };
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = bytesOf(data);
    onAlive();
    tell(() => onFrame(isBinary ? bytes : bytes.toString('utf8')));
  });
  webSocket.on('pong', () => onAlive());
  webSocket.on('ping', () => onAlive());
  webSocket.on('close', (code, reason) => tell(() => onClose(code, reason.toString('utf8'))));
  // A cut connection is followed by `close` with code 1006.
  webSocket.on('error', () => {});
  const isOpen = (): boolean => webSocket.readyState === webSocket.OPEN;
  return {
    sendText: (text) => {
      if (isOpen()) webSocket.send(text, () => {});
    },
    sendBytes: (bytes, onFlushed = () => {}) => {
      if (isOpen()) webSocket.send(bytes, () => onFlushed());
    },
    bufferedBytes: () => webSocket.bufferedAmount,
    ping: () => {
      if (isOpen()) webSocket.ping(undefined, undefined, () => {});
    },
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    close: (code, reason) => webSocket.close(code, reason.slice(0, CLOSE_REASON_MAX_LENGTH)),
    cut: () => webSocket.terminate(),
    onFrame: (listener) => {
      onFrame = listener;
    },
    onAlive: (listener) => {
      onAlive = listener;
    },
    onClose: (listener) => {
      onClose = listener;
      // All listeners are set in one turn; what came early is told after it.
      queueMicrotask(() => {
        const events = early ?? [];
        early = undefined;
        for (const event of events) event();
      });
    },
  };
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
