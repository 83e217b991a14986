import type { RawData, WebSocket } from 'ws';
import type { Socket } from './socket.ts';

/** A `ws` websocket, open already, as a `Socket`. */
export function socketOf(webSocket: WebSocket): Socket {
  let onMessage: (text: string) => void = () => {};
  let onClose: (code: number, reason: string) => void = () => {};
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isBinary) onMessage(textOf(data));
  });
  webSocket.on('close', (code, reason) => onClose(code, reason.toString('utf8')));
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
    },
  };
}

/** The websocket protocol allows 123 bytes; our reasons are ASCII. */
const CLOSE_REASON_MAX_LENGTH = 123;

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
