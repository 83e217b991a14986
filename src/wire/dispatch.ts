import type { Caller } from '../domain/caller.ts';
import { errorTrace } from '../lib/error-text.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import { ServiceError } from '../lib/service-error.ts';
import { loadTable, SERVICE_NAMES, type ServiceName } from '../shapes/tables.ts';
import { type Envelope, envelopeOf, errorAnswer, type WireAnswer } from './answer.ts';
import { authRefusal, unsignedRefusal } from './auth-refusals.ts';
import type { Authenticator } from './authenticator.ts';
import { Codec, type Decoded } from './codec.ts';
import { withPlainBody } from './plain-body.ts';
import { isDeclared, type Refusal, refusalOf } from './refusal.ts';
import { headerOf, type WireRequest } from './request.ts';
import { type Route, Router } from './route.ts';
import type { ChunkSigning } from './sigv4/aws-chunked.ts';

/** Who asks, and the id that the answer will carry. */
interface RequestFacts {
  readonly caller: Caller;
  readonly requestId: string;
  /** The address that the request came from. */
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly isSecure?: boolean | undefined;
  /** The URL under which the client reached us. */
  readonly origin?: string | undefined;
}

/** One operation. The input holds to the model; what is answered is written as the model says. */
export type Handler = (request: RequestFacts, input: never) => unknown;

/** The operations that are built, by service and name. */
export type OperationTables = Readonly<Partial<Record<ServiceName, Readonly<Record<string, Handler>>>>>;

/** An operation answered with an error that its model does not list. */
interface UndeclaredError {
  readonly service: string;
  readonly operation: string;
  readonly code: string;
}

/** What the dispatcher works with. */
export interface DispatchOptions {
  readonly operations: OperationTables;
  readonly authenticator: Authenticator;
  /** Throws a `ServiceError` when the caller may not. `action` is e.g. `ecs:RunTask`. */
  readonly authorize: (request: RequestFacts, action: string, input: unknown) => void | Promise<void>;
  /** The caller of operations that need no signature. */
  readonly anonymous: Caller;
  /** Names of ours, below which a host name names a bucket. */
  readonly hostSuffixes?: readonly string[] | undefined;
  readonly ids: Ids;
  readonly log: Log;
  /** Tests fail here. */
  readonly onUndeclaredError?: ((error: UndeclaredError) => void) | undefined;
}

/** Answers one request. Never rejects. */
export interface Dispatch {
  (request: WireRequest): Promise<WireAnswer>;
  /** The refusal of a request whose body has not come yet, when its head is enough to refuse it. (WIR-22) */
  readonly refusalOfHead?: ((request: WireRequest) => WireAnswer | undefined) | undefined;
}

/** Makes the dispatcher for all services: route, authenticate, decode, authorize, handle, encode. */
export async function createDispatch(options: DispatchOptions): Promise<Dispatch> {
  const tables = await Promise.all(SERVICE_NAMES.map(loadTable));
  const router = new Router(
    tables.map((table) => new Codec(table)),
    options.hostSuffixes,
  );
  return Object.assign((request: WireRequest) => answerTo(request, router, options), {
    refusalOfHead: (request: WireRequest) => refusalOfHead(request, router, options),
  });
}

function refusalOfHead(
  request: WireRequest,
  router: Router,
  options: DispatchOptions,
): WireAnswer | undefined {
  const codec = router.codecOfForm(request);
  const route = codec === undefined ? router.route(request) : undefined;
  const requestId = options.ids.uuid();
  if (codec !== undefined) {
    // What a form asks for is in its body, so that it is unsigned is not yet a reason.
    const found = options.authenticator(request, codec.table.signingName, true);
    return found.kind === 'refused'
      ? codec.writeError(envelopeOf(codec.table, requestId), authRefusal(codec.table, found.refusal))
      : undefined;
  }
  if (route?.kind !== 'operation') return undefined;
  const caller = authenticate(request, route, { ...options, isHead: true });
  if (!('refusal' in caller)) return undefined;
  const envelope = envelopeOf(route.codec.table, requestId, route.contentType);
  return route.codec.writeError(envelope, caller.refusal);
}

async function answerTo(request: WireRequest, router: Router, options: DispatchOptions): Promise<WireAnswer> {
  const requestId = options.ids.uuid();
  const route = router.route(request);
  if (route.kind === 'unknown') return unknownAnswer(route, requestId);
  const { codec } = route;
  const envelope = envelopeOf(
    codec.table,
    requestId,
    route.kind === 'operation' ? route.contentType : undefined,
  );
  const name = route.kind === 'operation' ? route.operation.name : route.name;
  try {
    const caller = authenticate(request, route, options);
    if ('refusal' in caller) return codec.writeError(envelope, caller.refusal);
    const handler = handlerOf(options.operations, codec.table.service, name);
    if (handler === undefined || route.kind !== 'operation') {
      return codec.writeError(envelope, notBuilt(codec, name));
    }
    const plain = codec.table.protocol === 'restXml' ? withPlainBody(request, caller.chunkSigning) : request;
    if ('refusal' in plain) return codec.writeError(envelope, plain.refusal);
    const decoded = decode(plain, route);
    if (decoded.kind === 'refused') return codec.writeError(envelope, decoded.refusal);
    const facts: RequestFacts = {
      caller: caller.caller,
      requestId,
      sourceIp: request.sourceIp,
      userAgent: headerOf(request, 'user-agent'),
      isSecure: request.origin?.startsWith('https:'),
      origin: request.origin,
    };
    const allowed = options.authorize(facts, `${codec.table.service}:${name}`, decoded.input);
    if (allowed !== undefined) await allowed;
    const output = await handler(facts, decoded.input as never);
    return codec.writeOutput(route.operation, envelope, output);
  } catch (error) {
    return failure({ error, route, envelope, name }, options);
  }
}

type Routed = Exclude<Route, { kind: 'unknown' }>;

function decode(request: WireRequest, route: Extract<Route, { kind: 'operation' }>): Decoded {
  if (route.labels !== undefined) return route.codec.readRest(route.operation, request, route.labels);
  return route.form === undefined
    ? route.codec.readJson(route.operation, request.body)
    : route.codec.readForm(route.operation, route.form);
}

function authenticate(
  request: WireRequest,
  route: Routed,
  options: DispatchOptions & { readonly isHead?: boolean },
):
  | { readonly caller: Caller; readonly chunkSigning?: ChunkSigning | undefined }
  | { readonly refusal: Refusal } {
  const { table } = route.codec;
  const found = options.authenticator(request, table.signingName, options.isHead);
  switch (found.kind) {
    case 'caller':
      return found;
    case 'refused':
      return { refusal: authRefusal(table, found.refusal) };
    case 'unsigned':
      return route.kind === 'operation' && route.operation.table.unsigned
        ? { caller: options.anonymous }
        : { refusal: unsignedRefusal(table) };
  }
}

function handlerOf(tables: OperationTables, service: string, name: string): Handler | undefined {
  const operations = tables[service as ServiceName];
  return operations !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
}

const notBuilt = (codec: Codec, name: string): Refusal => ({
  status: 501,
  code: codec.table.protocol === 'restXml' ? 'NotImplemented' : 'NotImplementedException',
  message: `The operation ${name} of ${codec.table.serviceId} is not built yet.`,
  fault: 'server',
});

interface Failed {
  readonly error: unknown;
  readonly route: Routed;
  readonly envelope: Envelope;
  readonly name: string;
}

function failure({ error, route, envelope, name }: Failed, options: DispatchOptions): WireAnswer {
  const { codec } = route;
  const { service } = codec.table;
  if (error instanceof ServiceError) {
    if (route.kind === 'operation' && !isDeclared(codec.table, route.operation.table, error.code)) {
      options.log.warn('wire.undeclared-error', { service, operation: name, code: error.code });
      options.onUndeclaredError?.({ service, operation: name, code: error.code });
    }
    const refusal = refusalOf(codec.table, error);
    if (refusal.fault === 'server') logCause(options.log, { service, name, envelope, error });
    return codec.writeError(envelope, refusal);
  }
  logCause(options.log, { service, name, envelope, error });
  return codec.writeError(envelope, codec.dialect.internal);
}

function logCause(
  log: Log,
  failed: { service: string; name: string; envelope: Envelope; error: unknown },
): void {
  const { service, name, envelope, error } = failed;
  log.error('wire.failed', {
    service,
    operation: name,
    requestId: envelope.requestId,
    cause: errorTrace(error),
  });
}

/** A request for no service that we know is answered as the protocol of its form would. */
function unknownAnswer(route: Extract<Route, { kind: 'unknown' }>, requestId: string): WireAnswer {
  if (route.codec !== undefined)
    return route.codec.writeError(envelopeOf(route.codec.table, requestId), route.refusal);
  const protocol = route.isForm ? 'awsQuery' : 'awsJson1_1';
  return errorAnswer(
    { protocol, xmlNamespace: 'http://webservices.amazon.com/AWSFault/2005-15-09', requestId },
    route.refusal,
    '',
  );
}
