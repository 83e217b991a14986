import { WebSocket } from 'ws';
import { readRefusal } from '../link/refusal.ts';
import type { ServerTimes } from '../link/server-times.ts';
import { signRequest } from '../link/sigv4-sign.ts';
import { byteSocketOf } from '../link/ws-byte-socket.ts';
import { socketOf } from '../link/ws-socket.ts';
import type { OwnKey } from './own-key.ts';
import { type ConnectBytes, type ConnectSocket, UpgradeRefused } from './session-loop.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const PAYLOAD_MAX_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;
const REFUSAL_MAX_BYTES = 4_096;

/** What signs the upgrades. */
export interface ConnectorOptions {
  readonly credentials: OwnKey;
  readonly region: string;
  readonly times: ServerTimes;
}

/** Opens signed websockets of text with the `ws` library. */
export const websocketConnector = (options: ConnectorOptions): ConnectSocket => connector(options, socketOf);

/** Opens signed websockets of bytes and text with the `ws` library. */
export const byteSocketConnector = (options: ConnectorOptions): ConnectBytes =>
  connector(options, byteSocketOf);

function connector<Made>(
  options: ConnectorOptions,
  wrap: (webSocket: WebSocket) => Made,
): (url: string, signal: AbortSignal) => Promise<Made> {
  return (url, signal) =>
    new Promise((resolve, reject) => {
      const now = options.times.nowAt(url);
      const { host: _host, ...headers } = signRequest({
        method: 'GET',
        url,
        service: 'ecs',
        credentials: options.credentials,
        region: options.region,
        now,
      });
      const webSocket = new WebSocket(url, {
        headers,
        perMessageDeflate: false,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: PAYLOAD_MAX_BYTES,
      });
      // A control plane that does not read for a while does not answer questions: the system's own are answered always.
      webSocket.once('upgrade', (response) => response.socket.setKeepAlive(true, KEEP_ALIVE_MS));
      const abort = (): void => webSocket.terminate();
      signal.addEventListener('abort', abort);
      const settle = (): void => signal.removeEventListener('abort', abort);
      webSocket.once('open', () => {
        settle();
        resolve(wrap(webSocket));
      });
      webSocket.once('error', (error) => {
        settle();
        reject(error);
      });
      webSocket.once('unexpected-response', (_request, response) => {
        settle();
        let body = '';
        response.on('data', (chunk: Buffer) => {
          if (body.length < REFUSAL_MAX_BYTES) body += chunk.toString('utf8');
        });
        response.on('end', () => {
          const name = readRefusal(body);
          const wasClockOff = options.times.learn(url, response.headers.date, now);
          // A clock that was off is no word about the key.
          if (name === 'AccessDeniedException' && !wasClockOff) options.credentials.refused?.(body);
          reject(new UpgradeRefused(response.statusCode ?? 0, name));
        });
        response.on('error', reject);
      });
    });
}
