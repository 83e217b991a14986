import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Admission, AgentSessions } from '../controllers/agent-sessions/agent-sessions.ts';
import type { Refusal } from '../link/refusal.ts';
import { refusal } from '../link/refusal.ts';
import { socketOf } from '../link/ws-socket.ts';
import type { Authenticator } from '../wire/authenticator.ts';
import { type UpgradeHandler, wireRequestOf } from '../wire/http-server.ts';

/** The largest frame that an agent may send: telemetry is at most 1 MiB. */
const FRAME_BYTES_MAX = 2 * 1024 * 1024;

/** The websocket door of the agents: the signature first, then the session decides. */
export function agentGateway(sessions: AgentSessions, authenticator: Authenticator): UpgradeHandler {
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX });
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const admission = admissionOf(request, sessions, authenticator);
    if (admission.kind === 'refused') return refuseUpgrade(socket, admission.refusal);
    server.handleUpgrade(request, socket, head, (webSocket) => admission.attach(socketOf(webSocket)));
  };
}

function admissionOf(
  request: IncomingMessage,
  sessions: AgentSessions,
  authenticator: Authenticator,
): Admission {
  const wire = wireRequestOf(request, Buffer.alloc(0));
  if (authenticator(wire, 'ecs').kind !== 'caller') {
    return {
      kind: 'refused',
      refusal: refusal('AccessDeniedException', 'The upgrade is not signed by a known key.'),
    };
  }
  if (wire.path.startsWith('/acs/')) return sessions.admitAcs(wire.query);
  if (wire.path.startsWith('/tcs/')) return sessions.admitTcs(wire.query);
  return {
    kind: 'refused',
    refusal: refusal('BadRequestException', `No websocket is served at ${wire.path}.`),
  };
}

function refuseUpgrade(socket: Duplex, { status, body }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
