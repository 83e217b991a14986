import http from 'node:http';
import https from 'node:https';

/** A request whose headers are complete. */
export interface HttpRequest {
  /** POST unless said otherwise. */
  readonly method?: 'GET' | 'POST' | undefined;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of any status, whole. */
export interface HttpReply {
  readonly status: number;
  readonly body: string;
  /** The header of that name: when the service answered. */
  readonly date?: string | undefined;
}

/** Sends a request. Rejects only when no answer came. */
export type HttpCall = (request: HttpRequest) => Promise<HttpReply>;

/** Longer than any answer of the control plane takes; a dead peer must not hold a task's reports for ever. */
const TIMEOUT_MS = 30_000;
const SOCKETS_MAX_COUNT = 16;

/** Sends over connections that are kept open. `close` ends the idle ones. */
export function nodeHttpCall(timeoutMs = TIMEOUT_MS): { readonly call: HttpCall; close(): void } {
  const options = { keepAlive: true, maxSockets: SOCKETS_MAX_COUNT };
  const plain = new http.Agent(options);
  const secure = new https.Agent(options);
  const call: HttpCall = (request) =>
    new Promise((resolve, reject) => {
      const isSecure = request.url.startsWith('https:');
      const outgoing = (isSecure ? https : http).request(request.url, {
        method: request.method ?? 'POST',
        agent: isSecure ? secure : plain,
        headers: { ...request.headers, 'content-length': String(request.body.length) },
        timeout: timeoutMs,
        signal: request.signal,
      });
      outgoing.on('timeout', () => {
        // The system would go on sending what a dead network has not taken: the request would come through when it is made
        // anew already. Of TLS it cannot be told to stop. (HARD-33)
        if (!isSecure) outgoing.socket?.resetAndDestroy();
        outgoing.destroy(new Error('the request timed out'));
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            date: incoming.headers.date,
          }),
        );
      });
      outgoing.end(request.body);
    });
  return {
    call,
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}
