import http from 'node:http';
import type { Log } from '../lib/log.ts';
import { type AgentFacts, introspect } from './introspection-documents.ts';
import { listenOn } from './listen.ts';
import type { TaskRecord } from './task-record.ts';

/** What the introspection server is told by its host. */
export interface IntrospectionOptions {
  /** The port that is tried first; when somebody has it, any free one. */
  readonly port: number;
  /** The text that `/license` answers. */
  readonly license: string;
}

/**
 * Where it listens. The ECS agent listens on all addresses; whoever reaches this port learns what runs on the host, so
 * here it is the host itself alone. (INT-3)
 */
const ADDRESS = '127.0.0.1';

/** Starts the server that tells people on the host what the agent runs. (INT-1 to INT-3) */
export async function startIntrospection(
  { port: wished }: IntrospectionOptions,
  deps: {
    readonly facts: () => AgentFacts;
    readonly records: () => readonly TaskRecord[];
    readonly log: Log;
  },
): Promise<{ readonly port: number; close(): void }> {
  const server = http.createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://introspection');
    const { status, body } = introspect(url, deps.facts(), deps.records());
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  });
  const port = await listenOn(server, { host: ADDRESS, port: wished });
  const url = `http://${ADDRESS}:${port}`;
  if (port === wished) deps.log.info('agent.introspection', { url });
  else deps.log.warn('agent.introspection-port-taken', { wishedPort: wished, url });
  return { port, close: () => server.close().closeAllConnections() };
}
