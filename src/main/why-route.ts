import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorizer } from '../api/authorize.ts';
import { accessOfWhy, why } from '../api/gantry/why.ts';
import { ServiceError } from '../lib/service-error.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { wireRequestOf } from '../wire/http-server.ts';
import { accessFacts } from './access-facts.ts';
import type { SharedContext } from './handlers.ts';

/** What the answer needs. */
export interface WhyRoute {
  readonly shared: SharedContext;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly healthyAfterRunningMs: number;
}

/** A status and a body to send as JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** `GET /_gantry/why?cluster=…&subject=…`, signed as any call to ECS. (EXP-5) */
export async function answerWhy(request: IncomingMessage, route: WhyRoute): Promise<RouteAnswer> {
  const wire = wireRequestOf(request, Buffer.alloc(0));
  const who = route.authenticator(wire, 'ecs');
  if (who.kind !== 'caller') {
    return {
      status: 403,
      body: { message: 'Sign the request (service ecs) with a key of this installation.' },
    };
  }
  const { caller } = who;
  const query = new URLSearchParams(wire.query);
  const asked = { cluster: query.get('cluster') ?? undefined, subject: query.get('subject') ?? '' };
  if (asked.subject === '') return { status: 400, body: { message: 'Name a task or a service: ?subject=…' } };
  const { action, input } = accessOfWhy(asked);
  const context = { ...route.shared, caller, requestId: route.shared.ids.uuid() };
  try {
    route.authorizer.authorize(accessFacts(wire, caller), action, input);
    return { status: 200, body: await why(route)(context, asked) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: STATUS[error.code] ?? 400, body: { message: error.message } };
  }
}

/** Of refusals; those of other codes are the request's own fault. */
const STATUS: Readonly<Record<string, number>> = { NotFound: 404, AccessDeniedException: 403 };

/** Sends an answer. */
export function sendJson(response: ServerResponse, { status, body }: RouteAnswer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
