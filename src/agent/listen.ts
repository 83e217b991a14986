import type { Server } from 'node:net';

/** Listens on the wished port, or on any free one when that is taken or not given. Answers the port. */
export async function listenOn(
  server: Server,
  at: { readonly host: string; readonly port?: number | undefined },
): Promise<number> {
  if (at.port !== undefined) {
    try {
      return await listen(server, at.host, at.port);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    }
  }
  return listen(server, at.host, 0);
}

/** Listens on exactly this address and port; rejects when it cannot. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
