import http from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import type { CredentialsBook } from './credentials-book.ts';
import { type FaultInjection, faultInjection } from './fault-injection.ts';
import { listenOn } from './listen.ts';
import { containerDocument, type MetadataHost, statsDocument, taskDocumentOf } from './metadata-documents.ts';
import {
  type MetadataAnswer as Answer,
  askNeighbours,
  isPassedOn,
  UNKNOWN_STATUSES,
} from './metadata-neighbours.ts';
import type { TaskEngine } from './task-engine.ts';
import { type ProtectionCall, taskProtection } from './task-protection.ts';
import type { TaskRecord } from './task-record.ts';

/** What the server answers from. */
export interface MetadataDeps {
  readonly engine: () => TaskEngine | undefined;
  readonly book: CredentialsBook;
  readonly driver: RuntimeDriver;
  readonly clock: Clock;
  readonly host: () => MetadataHost;
  /** Calls the control plane in the name of a task's role. */
  readonly protect: ProtectionCall;
  /** The tags of a task and of its instance; rejects when they cannot be had. */
  readonly tagsOf: (record: TaskRecord) => Promise<Readonly<Record<string, unknown>>>;
}

/** What lives as long as the server, besides. */
interface ServerDeps extends MetadataDeps {
  readonly faults: FaultInjection;
}

/** Starts the server behind 169.254.170.2. Tries `port` first, so that containers of an earlier run keep theirs. (TMD-1) */
export async function startMetadataServer(
  deps: MetadataDeps,
  at: { readonly host: string; readonly port?: number | undefined },
): Promise<{ readonly port: number; close(): void }> {
  const parts: ServerDeps = { ...deps, faults: faultInjection(deps) };
  const server = http.createServer((request, response) => {
    const send = ({ status, body }: Answer): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    answerOrAsk(parts, request).then(send, () => send({ status: 500, body: 'Internal server error' }));
  });
  const port = await listenOn(server, at);
  return { port, close: () => server.close().closeAllConnections() };
}

/** Our own answer, or that of another agent on this host when the container is one of its. (TMD-6) */
async function answerOrAsk(deps: ServerDeps, request: http.IncomingMessage): Promise<Answer> {
  const own = await answerTo(deps, request);
  if (!UNKNOWN_STATUSES.has(own.status) || isPassedOn(request)) return own;
  return (await askNeighbours(deps.driver, request.url ?? '/')) ?? own;
}

async function answerTo(deps: ServerDeps, request: http.IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://metadata');
  const [version = '', ...rest] = url.pathname.split('/').filter((part) => part !== '');
  if (version === 'v2' && rest[0] === 'credentials') return credentials(deps, rest[1] ?? '');
  if (version === 'v1' && rest[0] === 'credentials')
    return credentials(deps, url.searchParams.get('id') ?? '');
  if (version === 'v3' || version === 'v4') {
    const [token = '', ...path] = rest;
    return metadata(deps, { token, path: path.join('/'), version: version === 'v4' ? 4 : 3 });
  }
  if (version === 'api') return agentApi(deps, request, rest);
  return { status: 404, body: '404 page not found' };
}

/** What `$ECS_AGENT_URI` has: the protection of the task, and faults of its network. */
function agentApi(
  deps: ServerDeps,
  request: http.IncomingMessage,
  [token = '', ...path]: readonly string[],
): Promise<Answer> {
  if (path.join('/') === 'task-protection/v1/state') return protection(deps, request, token);
  if (path.slice(0, 2).join('/') === 'fault/v1')
    return fault(deps, request, { token, path: path.slice(2).join('/') });
  return Promise.resolve({ status: 404, body: '404 page not found' });
}

/** A request for protection is a few bytes long. */
const BODY_MAX_BYTES = 16_384;

async function fault(
  deps: ServerDeps,
  request: http.IncomingMessage,
  { token, path }: { readonly token: string; readonly path: string },
): Promise<Answer> {
  const { method = '' } = request;
  const record = deps.engine()?.findByToken(token)?.record;
  return deps.faults.answer(record, { token, method, path, body: await bodyOf(request) });
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > BODY_MAX_BYTES) break;
  }
  return body;
}

async function protection(deps: MetadataDeps, request: http.IncomingMessage, token: string): Promise<Answer> {
  const { method = '' } = request;
  if (method !== 'GET' && method !== 'PUT') return { status: 405, body: '' };
  const found = deps.engine()?.findByToken(token);
  if (found === undefined) {
    const error = { Code: 'ResourceNotFoundException', Message: 'Failed to find a task for the request' };
    return { status: 404, body: { error } };
  }
  return taskProtection(deps, found.record, { method, body: await bodyOf(request) });
}

function credentials(deps: MetadataDeps, credentialsId: string): Answer {
  if (credentialsId === '')
    return credentialsError(400, 'NoIdInRequest', 'CredentialsV2Request: No ID in the request');
  const held = deps.book.get(credentialsId);
  if (held !== undefined) {
    const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiration } = held;
    return {
      status: 200,
      body: {
        RoleArn: roleArn,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: expiration,
      },
    };
  }
  return deps.book.isExpected(credentialsId)
    ? credentialsError(503, 'CredentialsUninitialized', 'CredentialsV2Request: Credentials uninitialized')
    : credentialsError(400, 'InvalidIdInRequest', 'CredentialsV2Request: Credentials not found');
}

const credentialsError = (status: number, code: string, message: string): Answer => ({
  status,
  body: { code, message, HTTPErrorCode: status },
});

async function metadata(
  deps: MetadataDeps,
  request: { readonly token: string; readonly path: string; readonly version: 3 | 4 },
): Promise<Answer> {
  const found = deps.engine()?.findByToken(request.token);
  if (found === undefined) {
    return {
      status: 404,
      body: `V${request.version} container metadata handler: unable to get container ID from request: unable to get docker ID from v${request.version} endpoint ID: ${request.token}`,
    };
  }
  const { record, name } = found;
  const { path, version } = request;
  switch (path) {
    case '':
      return { status: 200, body: containerDocument(record, name, version) };
    case 'task':
      return { status: 200, body: taskDocumentOf(record, deps.host(), version) };
    case 'taskWithTags':
      return { status: 200, body: await taskWithTags(deps, record, version) };
    case 'stats':
      return { status: 200, body: await statsOf(deps, record, name) };
    case 'task/stats':
      return { status: 200, body: await taskStats(deps, record) };
    default:
      return { status: 404, body: '404 page not found' };
  }
}

async function taskWithTags(deps: MetadataDeps, record: TaskRecord, version: 3 | 4): Promise<unknown> {
  const document = taskDocumentOf(record, deps.host(), version);
  try {
    return { ...document, ...(await deps.tagsOf(record)) };
  } catch (error) {
    const ErrorMessage = error instanceof Error ? error.message : String(error);
    return {
      ...document,
      Errors: [{ ErrorField: 'TaskTags', ErrorMessage, ResourceARN: record.payload.arn }],
    };
  }
}

async function statsOf(deps: MetadataDeps, record: TaskRecord, name: string): Promise<unknown> {
  const runtimeId = record.containers.find((container) => container.name === name)?.runtimeId;
  if (runtimeId === undefined) return null;
  return statsDocument(await deps.driver.stats(runtimeId), deps.clock.now());
}

async function taskStats(deps: MetadataDeps, record: TaskRecord): Promise<unknown> {
  const entries = await Promise.all(
    record.containers.flatMap(({ runtimeId, name }) =>
      runtimeId === undefined
        ? []
        : [statsOf(deps, record, name).then((stats) => [runtimeId, stats] as const)],
    ),
  );
  return Object.fromEntries(entries);
}
