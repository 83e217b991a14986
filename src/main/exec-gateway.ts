import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { AgentSessions } from '../controllers/agent-sessions/agent-sessions.ts';
import { type ExecSessions, startExecSessions } from '../controllers/exec-sessions/exec-sessions.ts';
import { byteSocketOf } from '../link/ws-byte-socket.ts';
import { execSessions as sessionRows } from '../records/exec-sessions.ts';
import { type UpgradeHandler, wireRequestOf } from '../wire/http-server.ts';
import { type AgentGatewayParts, hostRefusal, refuseUpgrade } from './agent-gateway.ts';
import { execTranscripts, type TranscriptParts } from './exec-transcripts.ts';
import type { SharedContext } from './handlers.ts';
import type { Settings } from './settings.ts';

/** The largest frame of a data channel or of an agent's terminal. */
const FRAME_BYTES_MAX = 1024 * 1024;
const CLIENT_PATH = '/v1/data-channel/';
const AGENT_PATH = '/exec/';

/** Starts serving exec sessions, over the connections that hosts have and with the places for transcripts. */
export const startExec = (
  settings: Settings,
  shared: SharedContext,
  parts: TranscriptParts & { readonly sessions: AgentSessions },
): Promise<ExecSessions> =>
  startExecSessions({
    ...shared,
    resumeWindowMs: settings.execResumeMs,
    tellAgent: (instanceArn, command) => parts.sessions.tell(instanceArn, command),
    transcriptOf: execTranscripts(settings, shared, parts),
  });

/** What the doors of exec sessions ask. */
export interface ExecGatewayParts extends Omit<AgentGatewayParts, 'sessions'> {
  readonly exec: ExecSessions;
}

/**
 * The websocket doors of exec sessions; all other upgrades go to `otherwise`. A client needs no signature, and one that it
 * has is not looked at: its token is what it shows, in its first message. An agent signs as for its other sockets, with
 * the same permission. (EXE-21, EXE-30)
 */
export function execGateway(parts: ExecGatewayParts, otherwise: UpgradeHandler): UpgradeHandler {
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX });
  return (request, socket, head) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const upgraded = (then: (socket: ReturnType<typeof byteSocketOf>) => void): void =>
      server.handleUpgrade(request, socket, head, (webSocket) => then(byteSocketOf(webSocket)));
    if (path.startsWith(CLIENT_PATH)) {
      socket.on('error', () => socket.destroy());
      const sessionId = path.slice(CLIENT_PATH.length);
      if (!isKnown(parts, sessionId)) return notFound(socket);
      return upgraded((client) => parts.exec.clientConnected(sessionId, client));
    }
    if (!path.startsWith(AGENT_PATH)) return otherwise(request, socket, head);
    socket.on('error', () => socket.destroy());
    const refused = hostRefusal(request, parts, 'ecs:Poll');
    if (refused !== undefined) return refuseUpgrade(socket, refused);
    const session = namedIn(request);
    return upgraded((agent) => parts.exec.agentConnected(session, agent));
  };
}

const isKnown = ({ store }: ExecGatewayParts, sessionId: string): boolean => {
  const row = store.read((tx) => tx.get(sessionRows, sessionId));
  return row !== undefined && row.status !== 'TERMINATED';
};

function notFound(socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
}

function namedIn(request: IncomingMessage): { readonly sessionId: string; readonly instanceArn: string } {
  const query = new URLSearchParams(wireRequestOf(request, Buffer.alloc(0)).query);
  return {
    sessionId: query.get('sessionId') ?? '',
    instanceArn: query.get('containerInstanceArn') ?? '',
  };
}
