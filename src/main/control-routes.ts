import type { IncomingMessage, ServerResponse } from 'node:http';
import { SERVICE_NAMES } from '../shapes/tables.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { type HttpHandler, wireRequestOf } from '../wire/http-server.ts';
import { answerEvents, type EventRoute } from './event-route.ts';
import type { Settings } from './settings.ts';
import { version } from './version.ts';
import { type RouteAnswer, sendJson } from './why-route.ts';

/** Gantry's own paths beside the AWS operations. */
export interface ControlRoutes {
  readonly settings: Settings;
  readonly authenticator: Authenticator;
  /** Answers why tasks and services are where they are. */
  readonly why: (request: IncomingMessage) => Promise<RouteAnswer>;
  /** Answers what containers use and used. */
  readonly metrics: (request: IncomingMessage) => Promise<RouteAnswer>;
  /** How many hosts can be given tasks now. */
  readonly connectedHostCount: () => number;
  /** Events, for `GET /_gantry/events`. */
  readonly events: Omit<EventRoute, 'authenticator'>;
  /** Clears all state. */
  readonly reset: () => Promise<void>;
}

/** Paths that clear all state: our own, LocalStack's and moto's. (TST-4) */
const RESET_PATHS: ReadonlySet<string> = new Set([
  '/_gantry/reset',
  '/_localstack/state/reset',
  '/moto-api/reset',
]);

/** For LocalStack's reset of one service: nothing of ours stands alone. */
const RESETS_ALL = 'All services are cleared together: POST /_localstack/state/reset.';

/** What suites written for LocalStack wait for. */
const likeLocalStack = () => ({
  services: Object.fromEntries(SERVICE_NAMES.map((name) => [name, 'running'])),
  edition: 'gantry',
  version: version(),
});

/** What these routes answer at; the rest of each prefix is 404. */
export const CONTROL_PREFIXES = ['/_gantry/', '/_localstack/', '/moto-api/'] as const;

type Get = (routes: ControlRoutes, request: IncomingMessage) => RouteAnswer | Promise<RouteAnswer>;

const GETS: Readonly<Record<string, Get>> = {
  '/_gantry/health': ({ connectedHostCount }) => ({
    status: 200,
    body: { status: 'ok', connectedHostCount: connectedHostCount() },
  }),
  '/_gantry/events': ({ authenticator, events }, request) =>
    answerEvents(request, { ...events, authenticator }),
  '/_gantry/why': ({ why }, request) => why(request),
  '/_gantry/top': ({ metrics }, request) => metrics(request),
  '/_gantry/metrics': ({ metrics }, request) => metrics(request),
  '/_localstack/health': () => ({ status: 200, body: likeLocalStack() }),
};

/** The paths above and, when the start allowed it, `POST /_gantry/reset`; all but the health are signed like any other call. */
export function controlRoutes(routes: ControlRoutes): HttpHandler {
  return async (request, response) => {
    request.resume();
    const path = (request.url ?? '').split('?')[0] ?? '';
    const get = request.method === 'GET' && Object.hasOwn(GETS, path) ? GETS[path] : undefined;
    if (get !== undefined) return sendJson(response, await get(routes, request));
    if (RESET_PATHS.has(path) && request.method === 'POST') return reset(request, response, routes);
    if (/^\/_localstack\/state\/[^/]+\/reset$/.test(path))
      return answer(response, 400, { message: RESETS_ALL });
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
  // Without signatures, whatever page the user visits could do this.
  if (routes.settings.auth === 'off' && isFromBrowser(request)) {
    return answer(response, 403, { message: 'A web page cannot do this while --auth is off.' });
  }
  const who = routes.authenticator(wireRequestOf(request, Buffer.alloc(0)), 'ecs');
  const isLocalAndOpen = who.kind === 'unsigned' && isFromThisMachine(request) && !isFromBrowser(request);
  if (who.kind !== 'caller' && !isLocalAndOpen) {
    return answer(response, 403, {
      message: 'Sign the request (service ecs, empty body) with a key of this installation.',
    });
  }
  await routes.reset();
  // `ok` is moto's own word, which suites written for it compare.
  return answer(response, 200, { status: request.url?.startsWith('/_gantry/') === true ? 'reset' : 'ok' });
}

/** `--allow-reset` is for tests on one machine; there a plain `curl` is enough. */
const isFromThisMachine = (request: IncomingMessage): boolean =>
  /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');

/** A web page that the user happens to visit must not be able to do this. */
const isFromBrowser = (request: IncomingMessage): boolean => request.headers.origin !== undefined;

const answer = (response: ServerResponse, status: number, body: unknown): void =>
  sendJson(response, { status, body });
