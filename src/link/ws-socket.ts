import type { RawData, WebSocket } from 'ws';
import type { Socket } from './socket.ts';

/** A `ws` websocket, open already, as a `Socket`. What arrives before somebody listens is kept for the listener. */
export function socketOf(webSocket: WebSocket): Socket {
  let early: (() => void)[] | undefined = [];
  let onMessage: (text: string) => void = () => {};
  let onClose: (code: number, reason: string) => void = () => {};
  const tell = (event: () => void): void => {
    if (early === undefined) event();
    else early.push(event);
  };
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isBinary) tell(() => onMessage(textOf(data)));
  });
  webSocket.on('close', (code, reason) => tell(() => onClose(code, reason.toString('utf8'))));
  // A cut connection is followed by `close` with code 1006, which is what the sessions act on.
  webSocket.on('error', () => {});
  return {
    send: (text) => {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(text, () => {});
    },
    close: (code, reason) => webSocket.close(code, reason.slice(0, CLOSE_REASON_MAX_LENGTH)),
    onMessage: (listener) => {
      onMessage = listener;
    },
    onClose: (listener) => {
      onClose = listener;
      // Both listeners are set in one turn; what came early is told after it.
      queueMicrotask(() => {
        const events = early ?? [];
        early = undefined;
        for (const event of events) event();
      });
    },
  };
}

/** The websocket protocol allows 123 bytes; our reasons are ASCII. */
const CLOSE_REASON_MAX_LENGTH = 123;

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
