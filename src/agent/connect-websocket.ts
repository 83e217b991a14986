import { WebSocket } from 'ws';
import { readRefusal } from '../link/refusal.ts';
import { type SigningCredentials, signRequest } from '../link/sigv4-sign.ts';
import { socketOf } from '../link/ws-socket.ts';
import { type ConnectSocket, UpgradeRefused } from './session-loop.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const PAYLOAD_MAX_BYTES = 16 * 1024 * 1024;
const REFUSAL_MAX_BYTES = 4_096;

/** Opens signed websockets with the `ws` library. `now` is epoch milliseconds. */
export function websocketConnector(options: {
  readonly credentials: SigningCredentials;
  readonly region: string;
  readonly now: () => number;
}): ConnectSocket {
  return (url, signal) =>
    new Promise((resolve, reject) => {
      const { host: _host, ...headers } = signRequest({
        method: 'GET',
        url,
        service: 'ecs',
        ...options,
        now: options.now(),
      });
      const webSocket = new WebSocket(url, {
        headers,
        perMessageDeflate: false,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: PAYLOAD_MAX_BYTES,
      });
      const abort = (): void => webSocket.terminate();
      signal.addEventListener('abort', abort);
      const settle = (): void => signal.removeEventListener('abort', abort);
      webSocket.once('open', () => {
        settle();
        resolve(socketOf(webSocket));
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
        response.on('end', () => reject(new UpgradeRefused(response.statusCode ?? 0, readRefusal(body))));
        response.on('error', reject);
      });
    });
}
