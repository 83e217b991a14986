import { rmSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';

/** Where calls come in, or go to. */
export type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** What the far side answered, as a whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers?: IncomingHttpHeaders;
  readonly body: Buffer | string;
  /** The connection breaks after so many bytes of the body. */
  readonly breaksAfterBytes?: number;
}

/** A call on its way. */
export interface CallOnItsWay {
  readonly name: string;
  /** Sends it on and answers what came back. */
  forward(): Promise<WholeAnswer>;
}

/** What becomes of a call: an answer for the caller, none and a broken connection, or what would have been anyway. */
type Fate = WholeAnswer | 'drop' | 'pass';

/** Decides about the calls that it wants to, by their name. */
type Meddler = (name: string) => ((call: CallOnItsWay) => Promise<Fate>) | undefined;

/** Stands between two programs that speak HTTP, sees each call, and can do harm at any of them. */
export interface CallProxy {
  /** The names of the calls that came since `forget`, in their order. */
  readonly names: readonly string[];
  forget(): void;
  /** From now on this one decides; undefined lets everything pass. */
  meddle(meddler: Meddler | undefined): void;
  close(): Promise<void>;
}

export interface CallProxyOptions {
  readonly listen: Place;
  readonly to: Place;
  readonly nameOf: (call: IncomingMessage) => string;
  /** Hears of each answer that was sent on as a whole. */
  readonly onAnswer?: (call: IncomingMessage, answer: WholeAnswer) => void;
  /** Answers of these calls are small, and are read as a whole before they go on. */
  readonly isWhole?: (call: IncomingMessage) => boolean;
}

export async function startCallProxy(options: CallProxyOptions): Promise<CallProxy> {
  let names: string[] = [];
  let meddler: Meddler | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((call, answer) => {
    carry(call, answer).catch(() => call.socket.destroy());
  });
  const carry = async (call: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await bodyOf(call);
    const name = options.nameOf(call);
    names.push(name);
    const forward = async (): Promise<WholeAnswer> => {
      const whole = await wholeAnswer(options.to, call, body);
      options.onAnswer?.(call, whole);
      return whole;
    };
    const act = meddler?.(name);
    const fate = await (act ?? pass)({ name, forward });
    if (fate === 'drop') call.socket.destroy();
    else if (fate !== 'pass') give(answer, fate);
    else if (options.isWhole?.(call) === true) give(answer, await forward());
    else stream(options.to, { call, body, answer });
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (call: IncomingMessage, near: Socket, head: Buffer) => {
    tunnel(options.to, { call, near, head });
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    if ('socketPath' in options.listen) server.listen(options.listen.socketPath, resolve);
    else server.listen(options.listen.port, options.listen.host, resolve);
  });
  return {
    get names() {
      return names;
    },
    forget: () => {
      names = [];
    },
    meddle: (next) => {
      meddler = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if ('socketPath' in options.listen) rmSync(options.listen.socketPath, { force: true });
    },
  };
}

const pass = async (): Promise<Fate> => 'pass';

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

const sent = (to: Place, { method, url, headers }: IncomingMessage) => ({
  ...to,
  method,
  path: url,
  headers,
  agent: false as const,
});

function wholeAnswer(to: Place, call: IncomingMessage, body: Buffer): Promise<WholeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>();
  const onward = request(sent(to, call), (far) => {
    bodyOf(far).then(
      (whole) => resolve({ status: far.statusCode ?? 502, headers: far.headers, body: whole }),
      reject,
    );
  });
  onward.on('error', reject);
  onward.end(body);
  return promise;
}

function give(answer: ServerResponse, { status, headers = {}, body, breaksAfterBytes }: WholeAnswer): void {
  const { 'transfer-encoding': _chunks, ...rest } = headers;
  answer.writeHead(status, { ...rest, 'content-length': Buffer.byteLength(body) });
  if (breaksAfterBytes === undefined) answer.end(body);
  else answer.write(Buffer.from(body).subarray(0, breaksAfterBytes), () => answer.destroy());
}

/** Passes the answer on as it comes; whoever goes away takes the other side along. */
function stream(
  to: Place,
  {
    call,
    body,
    answer,
  }: { readonly call: IncomingMessage; readonly body: Buffer; readonly answer: ServerResponse },
): void {
  const onward = request(sent(to, call), (far) => {
    answer.writeHead(far.statusCode ?? 502, far.headers);
    answer.flushHeaders();
    far.pipe(answer);
    far.on('error', () => answer.destroy());
    far.on('close', () => {
      if (!far.complete) answer.destroy();
    });
  });
  onward.on('error', () => call.socket.destroy());
  answer.on('close', () => onward.destroy());
  onward.end(body);
}

/** Connections that change their protocol are carried byte by byte. */
function tunnel(
  to: Place,
  { call, near, head }: { readonly call: IncomingMessage; readonly near: Socket; readonly head: Buffer },
): void {
  const far = 'socketPath' in to ? connect(to.socketPath) : connect(to.port, to.host);
  const headers = call.rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [`${name}: ${call.rawHeaders[at + 1]}`] : [],
  );
  far.write(`${call.method} ${call.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) far.write(head);
  far.pipe(near);
  near.pipe(far);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}
