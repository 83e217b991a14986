import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorText } from '../../lib/error-text.ts';
import type { RuntimeStep } from '../driver.ts';
import { RuntimeError } from '../driver.ts';

/** The newest Engine API version that this client was written for; an older engine is spoken to in its own version. */
const NEWEST_API_VERSION = '1.51';

/** The ECS agent's patience with a question about a container; what changes something has the time that it takes. */
const INSPECT_LIMIT_MS = 30_000;

/** One call of the Engine API. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** After the version, with its query, e.g. `/containers/json?all=1`. */
  readonly path: string;
  /** Sent as JSON, or as it is when it is a tar archive. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Which step a refusal belongs to. */
  readonly step: RuntimeStep;
}

/** The engine answered with an error status. The message begins as the engine's own clients write it, and users know it. */
export class EngineRefusal extends RuntimeError {
  readonly status: number;

  constructor(step: RuntimeStep, status: number, message: string) {
    super(step, `Error response from daemon: ${message}`, { isTemporary: status === 503 });
    this.status = status;
  }
}

/** Speaks the Docker Engine API over a unix socket. Rejects with `RuntimeError` alone. */
export class EngineClient {
  readonly #socketPath: string;
  #prefix: Promise<string> | undefined;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** The parsed answer; undefined for an answer without a body. */
  async call<T>(request: EngineRequest): Promise<T> {
    const text = await readAll(await this.open(request), request);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** As `call`, but undefined when the engine knows no such thing. */
  async find<T>(request: EngineRequest): Promise<T | undefined> {
    try {
      return await this.call<T>(request);
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  /** The answer's body as it comes, for streams. Rejects for error statuses. */
  async open(request: EngineRequest): Promise<IncomingMessage> {
    const prefix = await this.#version();
    const response = await this.#send({ ...request, path: `${prefix}${request.path}` });
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    throw new EngineRefusal(request.step, status, messageOf(await readAll(response, request)));
  }

  /** The connection itself, which from the answer on carries bytes both ways. Rejects for error statuses. */
  async hijack(request: EngineRequest): Promise<Duplex> {
    const prefix = await this.#version();
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const outgoing = httpRequest({
      socketPath: this.#socketPath,
      method: request.method,
      path: `${prefix}${request.path}`,
      agent: false,
      headers: {
        host: 'engine',
        'content-type': 'application/json',
        connection: 'Upgrade',
        upgrade: 'tcp',
      },
    });
    outgoing.on('upgrade', (_response, stream, head) => {
      if (head.length > 0) stream.unshift(head);
      resolve(stream);
    });
    outgoing.on('response', (response) => {
      readAll(response, request).then(
        (text) => reject(new EngineRefusal(request.step, response.statusCode ?? 0, messageOf(text))),
        reject,
      );
    });
    outgoing.on('error', (error) => reject(unreachable(request.step, this.#socketPath, error)));
    outgoing.end(JSON.stringify(request.body ?? {}));
    return promise;
  }

  #version(): Promise<string> {
    this.#prefix ??= this.#negotiate().catch((error: unknown) => {
      this.#prefix = undefined;
      throw error;
    });
    return this.#prefix;
  }

  async #negotiate(): Promise<string> {
    const request = { method: 'GET', path: '/version', step: 'engine' } as const;
    const response = await this.#send(request);
    const version = JSON.parse(await readAll(response, request)) as { readonly ApiVersion?: string };
    return `/v${olderVersion(version.ApiVersion ?? '1.41', NEWEST_API_VERSION)}`;
  }

  #send({ method, path, body, headers, signal, step }: EngineRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const isArchive = Buffer.isBuffer(body);
    const payload = isArchive || body === undefined ? body : JSON.stringify(body);
    const contentType = isArchive ? 'application/x-tar' : 'application/json';
    const options = {
      socketPath: this.#socketPath,
      method,
      path,
      // A connection of its own for each call: on a unix socket it costs nothing, and none can be found closed.
      agent: false as const,
      headers: {
        host: 'engine',
        ...(payload === undefined ? {} : { 'content-type': contentType }),
        ...headers,
      },
      ...(signal === undefined ? {} : { signal }),
      ...(step === 'inspect' ? { timeout: INSPECT_LIMIT_MS } : {}),
    };
    const outgoing = httpRequest(options, resolve);
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer within ${INSPECT_LIMIT_MS / 1000} seconds`)),
    );
    outgoing.on('error', (error) => reject(unreachable(step, this.#socketPath, error)));
    outgoing.end(payload);
    return promise;
  }
}

/** Reads lines of JSON (`/events`, pulls) until the stream ends. */
export async function* jsonLines<T>(response: IncomingMessage): AsyncGenerator<T> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const piece of response as AsyncIterable<string>) {
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as T;
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as T;
}

/** The older of two versions like `1.41`. */
export function olderVersion(left: string, right: string): string {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  const difference = leftMajor - rightMajor || leftMinor - rightMinor;
  return difference <= 0 ? left : right;
}

async function readAll(response: IncomingMessage, request: EngineRequest): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
  } catch (error) {
    const message = `the connection to the container engine broke: ${errorText(error)}`;
    throw new RuntimeError(request.step, message, { isEngineAway: true, cause: error });
  }
  return Buffer.concat(pieces).toString('utf8');
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' ? message : body;
  } catch {
    return body.trim();
  }
}

function unreachable(step: RuntimeStep, socketPath: string, error: Error): RuntimeError {
  const message = `the container engine at ${socketPath} cannot be reached: ${errorText(error)}`;
  return new RuntimeError(step, message, { isEngineAway: true, cause: error });
}
