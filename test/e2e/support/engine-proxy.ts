import type { IncomingMessage } from 'node:http';
import { type CallProxy, startCallProxy, type WholeAnswer } from './call-proxy.ts';

/**
 * A proxy in front of an engine's socket. Calls are named by what they do to which container of a task, e.g.
 * `POST start main`, `POST create pause`, `GET json side`, `DELETE volume`, so that a name means the same for each task
 * of one definition.
 */
export function startEngineProxy(listenPath: string, enginePath: string): Promise<CallProxy> {
  const roles = new Map<string, string>();
  const learn = (call: IncomingMessage, answer: WholeAnswer): void => {
    const { Id } = JSON.parse(answer.body.toString()) as { readonly Id?: string };
    const name = new URL(call.url ?? '', 'http://engine').searchParams.get('name');
    if (Id !== undefined && name !== null) roles.set(Id, roleOf(name));
  };
  const isCreate = (call: IncomingMessage): boolean => call.url?.includes('/containers/create') ?? false;
  return startCallProxy({
    listen: { socketPath: listenPath },
    to: { socketPath: enginePath },
    nameOf: (call) => nameOf(call, roles),
    isWhole: isCreate,
    onAnswer: (call, answer) => {
      if (isCreate(call) && answer.status < 300) learn(call, answer);
    },
  });
}

function nameOf({ method = '', url = '' }: IncomingMessage, roles: ReadonlyMap<string, string>): string {
  const { pathname, searchParams } = new URL(url, 'http://engine');
  const [kind = '', id = '', verb = ''] = pathname.replace(/^\/v[\d.]+\//, '').split('/');
  if (kind !== 'containers') return [method, kind, id === 'create' ? 'create' : ''].join(' ').trim();
  if (id === 'create') return `${method} create ${roleOf(searchParams.get('name') ?? '')}`;
  if (id === 'json') return `${method} containers`;
  return [method, verb, roles.get(id) ?? roleOf(id)].filter((word) => word !== '').join(' ');
}

/** `gantry-<tag>-pause-<task>` and `ecs-<family>-<revision>-<container>-<hex>`. */
const roleOf = (name: string): string =>
  name.includes('-pause-')
    ? 'pause'
    : (/^ecs-.*-\d+-([A-Za-z0-9]+)-[0-9a-f]{20}$/.exec(name)?.[1] ?? 'other');
