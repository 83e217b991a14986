import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorTrace } from '../lib/error-text.ts';
import type { Log } from '../lib/log.ts';
import type { WireAnswer } from './answer.ts';
import type { Dispatch } from './dispatch.ts';
import { originOf, type WireRequest } from './request.ts';
import { type BodyRoom, bodyRefusal, bodyRoom, isBounded, isS3, mayBeBig, readBody } from './request-body.ts';

/** Answers a request of its own kind, to the end. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Takes over a connection that asks for another protocol. Has to answer or close it. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What shares the port with the AWS operations. */
export interface HttpServerOptions {
  readonly dispatch: Dispatch;
  /** Path prefixes with handlers of their own, tried in this order, e.g. `/v2/`. A prefix without its last slash also matches. */
  readonly prefixes?: readonly { readonly prefix: string; readonly handle: HttpHandler }[];
  readonly upgrade?: UpgradeHandler | undefined;
  /** With it the server speaks TLS 1.2 or newer, and nothing else. */
  readonly tls?: ServerIdentity | undefined;
  /** What bodies may hold in memory; servers may share it. */
  readonly room?: BodyRoom | undefined;
  readonly log: Log;
}

/** What a TLS server shows and proves. PEM. */
export interface ServerIdentity {
  /** The certificate, with those between it and a trusted one. */
  readonly cert: string;
  readonly key: string;
}

/** A server that listens or will. */
export interface HttpServer {
  /** Resolves with the port when it accepts connections; port 0 picks a free one. */
  listen(port: number, host: string): Promise<number>;
  /** Refuses new connections, ends idle ones and resolves when the last request is answered. */
  close(): Promise<void>;
}

/** Session tokens and presigned queries are long. */
const HEADER_BYTES_MAX = 64 * 1024;

/** Longer than the idle time of any SDK's pool, so that it is the client who closes. */
const KEEP_ALIVE_MS = 75_000;

/** How long a request may take to arrive: a big layer comes slowly over a thin line. Headers still have a minute. */
const REQUEST_MS_MAX = 6 * 3_600_000;

/** Makes the one HTTP server: prefixes first, then the AWS operations. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const streaming = new Set<ServerResponse>();
  const room = options.room ?? bodyRoom();
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS_MAX,
    noDelay: true,
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(request, response, { ...options, streaming, room });
  };
  const { tls } = options;
  const server: Server =
    tls === undefined
      ? createServer(limits, handle)
      : createSecureServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, handle);
  // A client that asks before it sends is not told to go on with what will be refused.
  server.on('checkContinue', (request, response) => {
    void serve(request, response, { ...options, streaming, room, isAskedFirst: true });
  });
  server.on('upgrade', (request, socket, head) => {
    if (options.upgrade === undefined)
      socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\n\r\n');
    else options.upgrade(request, socket, head);
  });
  return { listen: (port, host) => listen(server, port, host), close: () => close(server, streaming) };
}

/** What the requests of a server share. */
interface Shared {
  /** Answers that are sent piece by piece now: they have no end of their own that a closing server could wait for. */
  readonly streaming: Set<ServerResponse>;
  readonly room: BodyRoom;
}

const NOTHING = Buffer.alloc(0);

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions & Shared & { readonly isAskedFirst?: boolean },
): Promise<void> {
  const { isAskedFirst = false } = options;
  try {
    const url = request.url ?? '/';
    // In `<bucket>.<name>/v2/…` the path is a key.
    const own = isS3(request) ? undefined : options.prefixes?.find(({ prefix }) => matches(url, prefix));
    const early = own === undefined ? refusalOfHead(request, options.dispatch) : undefined;
    if (early !== undefined) return sendEarly(request, response, early);
    if (isAskedFirst) response.writeContinue();
    if (own !== undefined) return await own.handle(request, response);
    const read = await readBody(request, options.room);
    if (read.kind !== 'body') return sendEarly(request, response, bodyRefusal(request, read.kind));
    const answer = await answerTo(request, read.body, options);
    const { streaming } = options;
    if (answer.pieces === undefined) send(response, answer);
    else await sendPieces(response, { answer, pieces: answer.pieces, streaming });
  } catch (error) {
    if (isGone(request)) return;
    options.log.error('http.failed', {
      cause: errorTrace(error),
    });
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { 'content-length': 0, connection: 'close' }).end();
  }
}

/** What the head of a request alone is refused for, before a big body is read. (WIR-22) */
const refusalOfHead = (
  request: IncomingMessage,
  { refusalOfHead: judge }: Dispatch,
): WireAnswer | undefined =>
  judge !== undefined && mayBeBig(request) ? judge(wireRequestOf(request, NOTHING)) : undefined;

async function answerTo(
  request: IncomingMessage,
  body: Buffer,
  { dispatch, room }: HttpServerOptions & Shared,
): Promise<WireAnswer> {
  try {
    return await dispatch(wireRequestOf(request, body));
  } finally {
    room.give(body.length);
  }
}

/** Whether the client went away before it had sent everything: then nobody waits for an answer. */
const isGone = (request: IncomingMessage): boolean => request.destroyed && !request.complete;

const matches = (url: string, prefix: string): boolean =>
  url.startsWith(prefix) ||
  (prefix.endsWith('/') &&
    /^(?:\?|$)/.test(url.slice(prefix.length - 1)) &&
    url.startsWith(prefix.slice(0, -1)));

/** A request as the wire reads it. An upgrade has an empty body. */
export function wireRequestOf(request: IncomingMessage, body: Buffer): WireRequest {
  const url = request.url ?? '/';
  const cut = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: cut < 0 ? url : url.slice(0, cut),
    query: cut < 0 ? '' : url.slice(cut + 1),
    headers: request.headers,
    body,
    sourceIp: plainAddress(request.socket.remoteAddress),
    origin: originOf(request.headers.host, 'encrypted' in request.socket),
  };
}

/** An IPv4 client of a socket that listens on both is shown as IPv4. */
const plainAddress = (address: string | undefined): string | undefined =>
  address?.replace(/^::ffff:(?=\d+\.)/, '');

/** The answer goes out while the rest of the body is still read and dropped; if that may be much, the connection ends. */
function sendEarly(request: IncomingMessage, response: ServerResponse, answer: WireAnswer): void {
  request.resume();
  const last = isBounded(request) ? {} : { connection: 'close' };
  send(response, { ...answer, headers: { ...answer.headers, ...last } });
}

function send(response: ServerResponse, answer: WireAnswer): void {
  const { status, headers, body } = answer;
  // An answer to HEAD says itself how long the body would be, and these two have none.
  const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers });
  response.end(body);
}

/** Sends what comes until it ends or the client goes away. A client that reads slowly is waited for. */
async function sendPieces(
  response: ServerResponse,
  sent: Pick<Shared, 'streaming'> & {
    readonly answer: WireAnswer;
    readonly pieces: AsyncIterable<Uint8Array>;
  },
): Promise<void> {
  const { answer, pieces, streaming } = sent;
  streaming.add(response);
  response.writeHead(answer.status, answer.headers);
  response.flushHeaders();
  const iterator = pieces[Symbol.asyncIterator]();
  // Ends a wait for the next piece too.
  const gone = new Promise<undefined>((resolve) => response.once('close', () => resolve(undefined)));
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), gone]);
      if (next === undefined || next.done === true) break;
      if (!response.write(next.value)) await Promise.race([once(response, 'drain'), gone]);
    }
    response.end();
  } finally {
    streaming.delete(response);
    void iterator.return?.();
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server, streaming: ReadonlySet<ServerResponse>): Promise<void> {
  for (const response of streaming) response.destroy();
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}
