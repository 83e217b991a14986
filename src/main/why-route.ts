import type { IncomingMessage, ServerResponse } from 'node:http';
import { why } from '../api/gantry/why.ts';
import type { Operation } from '../api/operation.ts';
import { ServiceError } from '../lib/service-error.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { wireRequestOf } from '../wire/http-server.ts';
import type { SharedContext } from './handlers.ts';

/** What the answer needs. */
export interface WhyRoute {
  readonly shared: SharedContext;
  readonly authenticator: Authenticator;
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
  const query = new URLSearchParams(wire.query);
  const subject = query.get('subject') ?? '';
  if (subject === '') return { status: 400, body: { message: 'Name a task or a service: ?subject=…' } };
  const explain: Operation<Parameters<ReturnType<typeof why>>[1], unknown> = why(route);
  const context = { ...route.shared, caller: who.caller, requestId: route.shared.ids.uuid() };
  try {
    const body = await explain(context, { cluster: query.get('cluster') ?? undefined, subject });
    return { status: 200, body };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: error.code === 'NotFound' ? 404 : 400, body: { message: error.message } };
  }
}

/** Sends an answer. */
export function sendJson(response: ServerResponse, { status, body }: RouteAnswer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
