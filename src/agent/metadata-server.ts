import http from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { RuntimeDriver } from '../runtime/driver.ts';
import { auditLine } from './credentials-audit.ts';
import type { CredentialsBook } from './credentials-book.ts';
import { type FaultInjection, faultInjection } from './fault-injection.ts';
import { listenOn } from './listen.ts';
import { containerDocument, type MetadataHost, taskDocumentOf } from './metadata-documents.ts';
import {
  type MetadataAnswer as Answer,
  askNeighbours,
  isPassedOn,
  UNKNOWN_STATUSES,
} from './metadata-neighbours.ts';
import { requestBudget } from './request-budget.ts';
import { type StatsDocuments, statsDocuments } from './stats-documents.ts';
import { associations } from './task-associations.ts';
import type { TaskEngine } from './task-engine.ts';
import { type ProtectionCall, taskProtection } from './task-protection.ts';
import { type TaskRecord, taskOfAddress, taskOfCredentials } from './task-record.ts';

/** What the server answers from. */
export interface MetadataDeps {
  readonly engine: () => TaskEngine | undefined;
  readonly book: CredentialsBook;
  readonly driver: RuntimeDriver;
  readonly clock: Clock;
  readonly host: () => MetadataHost & { readonly containerInstanceArn: string };
  /** Takes a line about each request for credentials. (TMD-7) */
  readonly audit: (line: string) => void;
  /** Calls the control plane in the name of a task's role. */
  readonly protect: ProtectionCall;
  /** The tags of a task and of its instance; rejects when they cannot be had. */
  readonly tagsOf: (record: TaskRecord) => Promise<Readonly<Record<string, unknown>>>;
}

/** What the ECS agent lets through. (TMD-8) */
const BUDGET = { perSecond: 40, burst: 60 };

type Parts = MetadataDeps & { readonly stats: StatsDocuments; readonly faults: FaultInjection };

/** Starts the server behind 169.254.170.2. Tries `port` first, so that containers of an earlier run keep theirs. (TMD-1) */
export async function startMetadataServer(
  deps: MetadataDeps,
  at: { readonly host: string; readonly port?: number | undefined },
): Promise<{ readonly port: number; close(): void }> {
  const budget = requestBudget(BUDGET);
  const parts = {
    ...deps,
    stats: statsDocuments(deps.driver, () => deps.clock.now()),
    faults: faultInjection(deps),
  };
  const server = http.createServer((request, response) => {
    const send = ({ status, body }: Answer): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (!isPassedOn(request) && !budget.allows(request.socket.remoteAddress ?? '', deps.clock.now())) {
      return send({ status: 429, body: 'You have reached maximum request limit.' });
    }
    answerOrAsk(parts, request).then(send, () => send({ status: 500, body: 'Internal server error' }));
  });
  const port = await listenOn(server, at);
  return { port, close: () => server.close().closeAllConnections() };
}

/** Our own answer, or that of another agent on this host when the container is one of its. (TMD-11) */
async function answerOrAsk(deps: Parts, request: http.IncomingMessage): Promise<Answer> {
  const [, kind, token = ''] = (request.url ?? '/').split('/');
  if (kind === 'api' && deps.engine()?.findByToken(token) === undefined) return askToAct(deps, request);
  const own = await answerTo(deps, request);
  if (!UNKNOWN_STATUSES.has(own.status) || isPassedOn(request)) return own;
  return (await askNeighbours(deps.driver, { path: request.url ?? '/' })) ?? own;
}

/** Only the agent that knows the token acts, so a call that acts is passed on before anybody has looked at it. */
async function askToAct(deps: Parts, request: http.IncomingMessage): Promise<Answer> {
  if (isPassedOn(request)) return { status: 404, body: '404 page not found' };
  const { url: path = '/', method } = request;
  const question = { path, method, body: await bodyOf(request), unknown: UNKNOWN_TOKEN };
  return (await askNeighbours(deps.driver, question)) ?? answerTo(deps, request);
}

const UNKNOWN_TOKEN: ReadonlySet<number> = new Set([404]);

async function answerTo(deps: Parts, request: http.IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://metadata');
  const [version = '', ...rest] = url.pathname.split('/').filter((part) => part !== '');
  if (version === 'v2' && rest[0] === 'credentials') {
    return audited(deps, request, { credentialsId: rest[1] ?? '', version: 2 });
  }
  if (version === 'v1' && rest[0] === 'credentials') {
    return audited(deps, request, { credentialsId: url.searchParams.get('id') ?? '', version: 1 });
  }
  if (version === 'v2') return metadataByAddress(deps, request, rest);
  if (version === 'v3' || version === 'v4') {
    const [token = '', ...path] = rest;
    return metadata(deps, { token, path: path.join('/'), version: version === 'v4' ? 4 : 3 });
  }
  if (version === 'api') return agentApi(deps, request, rest);
  return { status: 404, body: '404 page not found' };
}

/** What `$ECS_AGENT_URI` has: the protection of the task, and faults of its network. */
function agentApi(
  deps: Parts,
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
  deps: Parts,
  request: http.IncomingMessage,
  { token, path }: { readonly token: string; readonly path: string },
): Promise<Answer> {
  const { method = '' } = request;
  const record = deps.engine()?.findByToken(token)?.record;
  return deps.faults.answer(record, { token, method, path, body: await bodyOf(request) });
}

const bodies = new WeakMap<http.IncomingMessage, Promise<string>>();

function bodyOf(request: http.IncomingMessage): Promise<string> {
  const known = bodies.get(request) ?? readBody(request);
  bodies.set(request, known);
  return known;
}

async function readBody(request: http.IncomingMessage): Promise<string> {
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

/** Answers, and writes down who asked. (TMD-7) */
function audited(
  deps: MetadataDeps,
  request: http.IncomingMessage,
  asked: { readonly credentialsId: string; readonly version: 1 | 2 },
): Answer {
  const answer = credentials(deps, asked.credentialsId);
  // What another agent passed on, that agent has written down, or does not know.
  if (isPassedOn(request) && answer.status !== 200) return answer;
  const payload = taskOfCredentials(deps.engine()?.records() ?? [], asked.credentialsId)?.payload;
  deps.audit(
    auditLine(
      {
        ...asked,
        atMs: deps.clock.now(),
        status: answer.status,
        sourceAddress: plainAddress(request),
        userAgent: request.headers['user-agent'] ?? '',
        payload,
      },
      deps.host(),
    ),
  );
  return answer;
}

const plainAddress = ({ socket }: http.IncomingMessage): string =>
  (socket.remoteAddress ?? '').replace(/^::ffff:/, '');

/** Version 2 knows its caller by the address of its task, so only tasks with an interface of their own have it. (TMD-9) */
async function metadataByAddress(
  deps: Parts,
  request: http.IncomingMessage,
  [kind = '', runtimeId]: readonly string[],
): Promise<Answer> {
  const address = plainAddress(request);
  const record = taskOfAddress(deps.engine()?.records() ?? [], address);
  if (record === undefined || (kind !== 'metadata' && kind !== 'stats')) {
    const text = `Unable to get task arn from request: unable to associate '${address}' with task`;
    return { status: kind === 'metadata' || kind === 'stats' ? 400 : 404, body: text };
  }
  if (runtimeId === undefined) {
    const isStats = kind === 'stats';
    return {
      status: 200,
      body: isStats ? await deps.stats.task(record, 3) : taskDocumentOf(record, deps.host(), 3),
    };
  }
  const name = record.containers.find((container) => container.runtimeId === runtimeId)?.name;
  if (name === undefined) return { status: 400, body: `Unable to find container '${runtimeId}'` };
  const body =
    kind === 'stats' ? await deps.stats.container(record, name, 3) : containerDocument(record, name, 3);
  return { status: 200, body };
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
  deps: Parts,
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
      return { status: 200, body: await deps.stats.container(record, name, version) };
    case 'task/stats':
      return { status: 200, body: await deps.stats.task(record, version) };
    default:
      return (
        associations({ payload: record.payload, containerName: name, path }) ?? {
          status: 404,
          body: '404 page not found',
        }
      );
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
