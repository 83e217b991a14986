import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorTrace } from '../lib/error-text.ts';
import { ServiceError } from '../lib/service-error.ts';
import { readLogin } from './authentication.ts';
import { deleteBlob, getBlob, headBlob } from './blobs.ts';
import { RegistryError, registryErrors } from './errors.ts';
import type { Exchange, RegistryAnswer, RegistryPorts } from './exchange.ts';
import { type CollectedGarbage, collectGarbage, type GarbageGraces } from './garbage.ts';
import { listReferrers, listTags } from './listings.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { type Route, readRoute } from './route.ts';
import { UploadTurns } from './upload-turns.ts';
import { appendPart, cancelUpload, finishUpload, startUpload, uploadStatus } from './uploads.ts';

/** The image registry of an installation. */
export interface Registry {
  /** Answers a request under `/v2/`, to the end. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Removes what nothing refers to. To be run now and then. (REG-10) */
  collectGarbage(graces?: Partial<GarbageGraces>): Promise<CollectedGarbage>;
}

/** Makes the registry: the Docker Registry v2 and OCI distribution API over the rows that the ECR operations read. */
export function createRegistry(ports: RegistryPorts): Registry {
  const turns = new UploadTurns();
  return {
    handle: async (request, response) => {
      const answer = await answerTo(ports, turns, request);
      if (answer === undefined) request.destroy();
      else await send(request, response, answer);
    },
    collectGarbage: (graces) => collectGarbage(ports, turns, graces),
  };
}

/** Undefined when the client went away in the middle of its request. */
async function answerTo(
  ports: RegistryPorts,
  turns: UploadTurns,
  request: IncomingMessage,
): Promise<RegistryAnswer | undefined> {
  try {
    const found = ports.authenticate(readLogin(request.headers.authorization));
    if (found.kind === 'unknown') return challenge(ports);
    if (found.kind === 'expired') throw registryErrors.tokenExpired();
    const { path, query } = readUrl(request.url ?? '/');
    const route = readRoute(path);
    if (route === undefined) throw registryErrors.notFound();
    return await perform({ ports, turns, request, query, caller: found.caller }, route);
  } catch (error) {
    if (request.destroyed && !request.complete) return undefined;
    return errorAnswer(ports, request, error);
  }
}

function readUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const cut = url.indexOf('?');
  const raw = cut < 0 ? url : url.slice(0, cut);
  try {
    return { path: decodeURIComponent(raw), query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)) };
  } catch {
    throw registryErrors.nameInvalid(raw);
  }
}

function perform(exchange: Exchange, route: Route): Promise<RegistryAnswer> {
  switch (route.kind) {
    case 'base':
      return only(exchange, { GET: base, HEAD: base });
    case 'catalog':
      return only(exchange, {});
    case 'uploads':
      return only(exchange, { POST: () => startUpload(exchange, route.name) });
    case 'tags':
      return only(exchange, { GET: () => listTags(exchange, route.name) });
    case 'referrers':
      return only(exchange, { GET: () => listReferrers(exchange, route.name, route.target) });
    case 'upload':
      return only(
        exchange,
        methodsOf(exchange, route, {
          PATCH: appendPart,
          PUT: finishUpload,
          GET: uploadStatus,
          DELETE: cancelUpload,
        }),
      );
    case 'blob':
      return only(exchange, methodsOf(exchange, route, { GET: getBlob, HEAD: headBlob, DELETE: deleteBlob }));
    case 'manifest':
      return only(
        exchange,
        methodsOf(exchange, route, {
          GET: getManifest,
          HEAD: getManifest,
          PUT: putManifest,
          DELETE: deleteManifest,
        }),
      );
  }
}

type Step = (exchange: Exchange, name: string, target: string) => Promise<RegistryAnswer>;
type Methods = Readonly<Record<string, () => Promise<RegistryAnswer>>>;

const methodsOf = (
  exchange: Exchange,
  { name, target }: { readonly name: string; readonly target: string },
  steps: Readonly<Record<string, Step>>,
): Methods =>
  Object.fromEntries(
    Object.entries(steps).map(([method, step]) => [method, () => step(exchange, name, target)]),
  );

async function only({ request }: Exchange, methods: Methods): Promise<RegistryAnswer> {
  const step = Object.hasOwn(methods, request.method ?? '') ? methods[request.method ?? ''] : undefined;
  if (step === undefined) throw registryErrors.unsupported(Object.keys(methods).join(', '));
  return step();
}

const base = async (): Promise<RegistryAnswer> => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{}',
});

/** Without it `docker` sends no password. The realm is never asked for anything. (REG-1) */
const challenge = ({ installation }: RegistryPorts): RegistryAnswer => ({
  status: 401,
  headers: {
    'www-authenticate': `Basic realm="${installation.endpointUrl}/",service="ecr.amazonaws.com"`,
    'content-type': 'text/plain; charset=utf-8',
  },
  body: 'Not Authorized\n',
});

function errorAnswer(ports: RegistryPorts, request: IncomingMessage, error: unknown): RegistryAnswer {
  const known = knownError(error);
  if (known === undefined) {
    const cause = errorTrace(error);
    ports.log.error('registry.failed', { method: request.method, path: request.url?.split('?')[0], cause });
  }
  const { status, headers, entries } = known ?? registryErrors.unknown();
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ errors: entries }),
  };
}

/** The store refuses writes when too many wait; everything else that is not ours is a fault of ours. */
function knownError(error: unknown): RegistryError | undefined {
  if (error instanceof RegistryError) return error;
  return error instanceof ServiceError && error.code === 'ThrottlingException'
    ? registryErrors.busy()
    : undefined;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = '' }: RegistryAnswer,
): Promise<void> {
  const isBodyless = status === 204 || status === 304;
  const length =
    body instanceof Readable || isBodyless ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0', ...length, ...headers });
  if (request.method === 'HEAD' || isBodyless) response.end();
  else if (body instanceof Readable) await stream(body, response);
  else response.end(body);
}

/** A client that stops reading in the middle is no error of ours. */
async function stream(body: Readable, response: ServerResponse): Promise<void> {
  try {
    await pipeline(body, response);
  } catch {
    response.destroy();
  }
}
