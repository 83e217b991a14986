import net from 'node:net';
import tls from 'node:tls';
import type { Log } from '../lib/log.ts';
import { listen } from './listen.ts';

/**
 * Carries connections of containers to the control plane, byte by byte, so that SDKs inside them need only the address
 * of their own host. It listens on the gateways of the tasks' networks alone, never on all addresses: the API may be
 * meant for this machine only. (AGT-12)
 */
export interface ApiForwarder {
  /** The URL at which containers behind this gateway reach the API; undefined when it cannot be offered there. */
  urlAt(address: string): Promise<string | undefined>;
  close(): void;
}

/** What a forwarder needs to begin. */
export interface ForwarderOptions {
  /** The control plane. Over TLS the forwarder is the client: containers speak plain HTTP with it, on this host alone. */
  readonly endpointUrl: string;
  readonly log: Log;
  /** The port of an earlier run: it stands in the environment of running containers. */
  readonly port?: number | undefined;
  /** Keeps the port for the next run. */
  readonly savePort: (port: number) => Promise<void>;
}

/** Makes a forwarder that listens nowhere yet. */
export function apiForwarder(options: ForwarderOptions): ApiForwarder {
  const target = new URL(options.endpointUrl);
  const servers = new Map<string, Promise<net.Server | undefined>>();
  const open = new Set<net.Socket>();
  let { port } = options;
  let isClosed = false;

  const start = async (address: string): Promise<net.Server | undefined> => {
    // A client may end its side once it has asked, and still waits for the answer.
    const server = net.createServer({ allowHalfOpen: true }, (inbound) => forward(inbound, target, open));
    server.unref();
    try {
      const chosen = await listen(server, address, port ?? 0);
      server.on('error', (error) => options.log.warn('forwarder.failed', { address, error: error.message }));
      if (port === undefined) {
        port = chosen;
        await options.savePort(chosen);
      }
      return server;
    } catch (error) {
      options.log.warn('forwarder.not-listening', { address, error: String(error) });
      return undefined;
    }
  };

  // One at a time, so that the first one chooses the port for all.
  let last: Promise<unknown> = Promise.resolve();
  const startInTurn = (address: string): Promise<net.Server | undefined> => {
    const turn = last.then(() => start(address));
    last = turn;
    return turn;
  };

  return {
    urlAt: async (address) => {
      if (isClosed) return undefined;
      const starting = servers.get(address) ?? startInTurn(address);
      servers.set(address, starting);
      const server = await starting;
      // The gateway may not have been there yet; the next task tries again.
      if (server === undefined) servers.delete(address);
      return server === undefined ? undefined : `http://${address}:${port}`;
    },
    close: () => {
      isClosed = true;
      for (const starting of servers.values()) starting.then((server) => server?.close()).catch(() => {});
      for (const socket of open) socket.destroy();
    },
  };
}

function connectTo(target: URL): net.Socket {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (target.protocol !== 'https:') {
    return net.connect({ host, port: Number(target.port || 80), allowHalfOpen: true });
  }
  const servername = net.isIP(host) === 0 ? host : undefined;
  return tls.connect({ host, port: Number(target.port || 443), servername, ALPNProtocols: ['http/1.1'] });
}

function forward(inbound: net.Socket, target: URL, open: Set<net.Socket>): void {
  const outbound = connectTo(target);
  for (const [socket, other] of [
    [inbound, outbound],
    [outbound, inbound],
  ] as const) {
    open.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      open.delete(socket);
      other.destroy();
    });
  }
  inbound.pipe(outbound);
  outbound.pipe(inbound);
}
