import type { IncomingMessage } from 'node:http';
import type { Authorizer } from '../api/authorize.ts';
import { DETAIL_TYPES, type EventArchive, type EventQuery, type RecordedEvent } from '../domain/events.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { wireRequestOf } from '../wire/http-server.ts';
import { accessFacts } from './access-facts.ts';

/** What the route reads and asks. */
export interface EventRoute {
  readonly archive: EventArchive;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

/** What a caller gets: events in order, or why not. */
export type EventAnswer =
  | { readonly status: 200; readonly body: { readonly events: readonly RecordedEvent[] } }
  | { readonly status: 400 | 403; readonly body: { readonly message: string } };

/** The action that a policy has to allow, on `*`. */
const READ_ACTION = 'gantry:ReadEvents';

/** Most events in one answer. */
const PAGE_MAX_COUNT = 1_000;

const no = (status: 400 | 403, message: string): EventAnswer => ({ status, body: { message } });

/** Answers `GET /_gantry/events`, signed like any call to ECS. (EVT-8) */
export async function answerEvents(request: IncomingMessage, route: EventRoute): Promise<EventAnswer> {
  const wire = wireRequestOf(request, Buffer.alloc(0));
  const who = route.authenticator(wire, 'ecs');
  if (who.kind !== 'caller')
    return no(403, 'Sign the request (service ecs, empty body) with a key of this installation.');
  const refusal = route.authorizer.refusalOf(accessFacts(wire, who.caller), {
    action: READ_ACTION,
    resource: '*',
  });
  if (refusal !== undefined) return no(403, refusal);
  const query = readEventQuery(new URL(request.url ?? '', 'http://localhost').searchParams);
  if (typeof query === 'string') return no(400, query);
  return { status: 200, body: { events: await route.archive.read(query) } };
}

const NUMBERS = { after: 'after', from: 'fromMs', until: 'untilMs' } as const;

/** Reads the query, or says what is wrong with it. */
export function readEventQuery(parameters: URLSearchParams): EventQuery | string {
  const numbers: Partial<Record<'after' | 'fromMs' | 'untilMs', number>> = {};
  for (const [name, member] of Object.entries(NUMBERS) as [keyof typeof NUMBERS, 'after'][]) {
    const text = parameters.get(name);
    if (text === null) continue;
    if (!/^\d{1,15}$/.test(text)) return `${name} is a whole number.`;
    numbers[member] = Number(text);
  }
  const typeName = parameters.get('detailType');
  const detailType = DETAIL_TYPES.find((each) => each === typeName);
  if (typeName !== null && detailType === undefined)
    return `detailType is one of: ${DETAIL_TYPES.join(', ')}.`;
  const limit = parameters.get('limit') ?? String(PAGE_MAX_COUNT);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > PAGE_MAX_COUNT)
    return `limit is a whole number from 1 to ${PAGE_MAX_COUNT}.`;
  return {
    ...numbers,
    detailType,
    resource: parameters.get('resource') ?? undefined,
    isStoppedTask: parameters.get('stopped') === 'true',
    limit: Number(limit),
  };
}
