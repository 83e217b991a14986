import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/**
 * What becomes of the network behind a proxy. `open`: all passes. `refuse`: open connections are cut and new ones end at
 * once. `swallow`: connections come about and stay open, and nothing passes in either direction.
 */
export type NetworkState = 'open' | 'refuse' | 'swallow';

/** A piece of network that a test can break. */
export interface CutProxy {
  readonly port: number;
  readonly url: string;
  /** How many connections were asked for so far. */
  readonly connectionCount: number;
  /** What was swallowed arrives when the network is `open` again, as the system's own repetitions would bring it. */
  set(state: NetworkState): void;
  /** Cuts all connections that there are; new ones do as the state says. */
  reset(): void;
  close(): Promise<void>;
}

/** Listens on a free port and passes connections on to `targetPort` of this machine. */
export async function startCutProxy(targetPort: number): Promise<CutProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: NetworkState = 'open';
  let connectionCount = 0;
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    connectionCount += 1;
    near.on('error', () => {});
    if (state === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = dial({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (chunk: Buffer) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => {
        if (state !== 'swallow') from.resume();
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroySoon();
        pairs.delete(pair);
      });
    }
    if (state === 'swallow') for (const socket of pair) socket.pause();
  });
  const reset = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  };
  const port = await listening(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get connectionCount() {
      return connectionCount;
    },
    set: (next) => {
      state = next;
      if (next === 'refuse') reset();
      for (const socket of [...pairs].flat()) {
        if (next === 'swallow') socket.pause();
        else socket.resume();
      }
    },
    reset,
    close: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error('the proxy has no port'));
    });
  });
}
