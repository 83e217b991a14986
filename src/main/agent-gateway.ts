import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Authorizer } from '../api/authorize.ts';
import type { Admission, AgentSessions } from '../controllers/agent-sessions/agent-sessions.ts';
import type { Installation } from '../lib/config.ts';
import { type Refusal, type RefusalName, refusal } from '../link/refusal.ts';
import { readSessionQuery } from '../link/session-url.ts';
import { socketOf } from '../link/ws-socket.ts';
import { clusterArnOf } from '../records/clusters.ts';
import { containerInstances } from '../records/collections.ts';
import type { Store } from '../store/store.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { type UpgradeHandler, wireRequestOf } from '../wire/http-server.ts';
import type { WireRequest } from '../wire/request.ts';
import { accessFacts } from './access-facts.ts';

/** The largest frame that an agent may send: telemetry is at most 1 MiB. */
const FRAME_BYTES_MAX = 2 * 1024 * 1024;

/** What the door asks. */
export interface AgentGatewayParts {
  readonly sessions: AgentSessions;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly installation: Installation;
  readonly store: Store;
}

/** The websocket door of the agents: the signature first, then the policies, then the session decides. (AUTH-16) */
export function agentGateway(parts: AgentGatewayParts): UpgradeHandler {
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX });
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const admission = admissionOf(request, parts);
    if (admission.kind === 'refused') return refuseUpgrade(socket, admission.refusal);
    server.handleUpgrade(request, socket, head, (webSocket) => admission.attach(socketOf(webSocket)));
  };
}

function admissionOf(request: IncomingMessage, parts: AgentGatewayParts): Admission {
  const wire = wireRequestOf(request, Buffer.alloc(0));
  const door = DOORS.find(({ prefix }) => wire.path.startsWith(prefix));
  // Somebody unknown is not told what is served.
  const refusedHost = hostRefusal(request, parts, door?.action);
  if (refusedHost !== undefined) return { kind: 'refused', refusal: refusedHost };
  if (door === undefined) return refused('BadRequestException', `No websocket is served at ${wire.path}.`);
  return door.admit(parts.sessions, wire);
}

/**
 * Why a host's upgrade is refused: its signature, or the policies of its caller on the instance that its query names.
 * Undefined when it is not; without an action the signature is enough. (AUTH-16)
 */
export function hostRefusal(
  request: IncomingMessage,
  { authenticator, authorizer, installation, store }: Omit<AgentGatewayParts, 'sessions'>,
  action: string | undefined,
): Refusal | undefined {
  const wire = wireRequestOf(request, Buffer.alloc(0));
  const found = authenticator(wire, 'ecs');
  if (found.kind !== 'caller') {
    return refusal('AccessDeniedException', 'The upgrade is not signed by a known key.');
  }
  if (action === undefined) return undefined;
  const query = readSessionQuery(wire.query);
  // What the request says of the cluster is not believed when the instance is known: a policy may hang on it.
  const instance = store.read((tx) => tx.get(containerInstances, query?.containerInstanceArn ?? ''));
  const named = query === undefined ? undefined : clusterArnOf(installation, query.cluster);
  const text = authorizer.refusalOf(accessFacts(wire, found.caller), {
    action,
    resource: query?.containerInstanceArn ?? '*',
    keys: { 'ecs:cluster': instance?.clusterArn ?? named },
  });
  return text === undefined ? undefined : refusal('AccessDeniedException', text);
}

/** What is behind each path, and the permission that it needs. */
const DOORS: readonly {
  readonly prefix: string;
  readonly action: string;
  readonly admit: (sessions: AgentSessions, request: WireRequest) => Admission;
}[] = [
  {
    prefix: '/acs/',
    action: 'ecs:Poll',
    admit: (sessions, { query, origin }) => sessions.admitAcs(query, origin),
  },
  {
    prefix: '/tcs/',
    action: 'ecs:StartTelemetrySession',
    admit: (sessions, { query }) => sessions.admitTcs(query),
  },
];

const refused = (name: RefusalName, text: string): Admission => ({
  kind: 'refused',
  refusal: refusal(name, text),
});

/** Answers an upgrade that is refused. */
export function refuseUpgrade(socket: Duplex, { status, body }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} Refused`,
    // A host whose clock is off corrects it by this. (HARD-50)
    `date: ${new Date().toUTCString()}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
