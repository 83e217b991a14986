import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../wire/authenticator.ts';
import { type HttpHandler, wireRequestOf } from '../wire/http-server.ts';
import type { Settings } from './settings.ts';
import { type RouteAnswer, sendJson } from './why-route.ts';

/** Gantry's own paths beside the AWS operations. */
export interface ControlRoutes {
  readonly settings: Settings;
  readonly authenticator: Authenticator;
  /** Answers why tasks and services are where they are. */
  readonly why: (request: IncomingMessage) => Promise<RouteAnswer>;
  /** Clears all state. */
  readonly reset: () => Promise<void>;
}

/** `GET /_gantry/health`, `GET /_gantry/why` and, when the start allowed it, `POST /_gantry/reset`, signed like any other call. */
export function controlRoutes(routes: ControlRoutes): HttpHandler {
  return async (request, response) => {
    request.resume();
    const path = (request.url ?? '').split('?')[0];
    if (path === '/_gantry/health' && request.method === 'GET')
      return answer(response, 200, { status: 'ok' });
    if (path === '/_gantry/why' && request.method === 'GET')
      return sendJson(response, await routes.why(request));
    if (path === '/_gantry/reset' && request.method === 'POST') return reset(request, response, routes);
    return answer(response, 404, { message: `There is nothing at ${request.method} ${path}.` });
  };
}

async function reset(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ControlRoutes,
): Promise<void> {
  if (!routes.settings.isResetAllowed) {
    return answer(response, 403, { message: 'Start Gantry with --allow-reset to allow this.' });
  }
  const who = routes.authenticator(wireRequestOf(request, Buffer.alloc(0)), 'ecs');
  const isLocalAndOpen = who.kind === 'unsigned' && isFromThisMachine(request) && !isFromBrowser(request);
  if (who.kind !== 'caller' && !isLocalAndOpen) {
    return answer(response, 403, {
      message: 'Sign the request (service ecs, empty body) with a key of this installation.',
    });
  }
  await routes.reset();
  return answer(response, 200, { status: 'reset' });
}

/** `--allow-reset` is for tests on one machine; there a plain `curl` is enough. */
const isFromThisMachine = (request: IncomingMessage): boolean =>
  /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');

/** A web page that the user happens to visit must not be able to do this. */
const isFromBrowser = (request: IncomingMessage): boolean => request.headers.origin !== undefined;

const answer = (response: ServerResponse, status: number, body: unknown): void =>
  sendJson(response, { status, body });
