import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { nodeHttpCall } from './http-call.ts';

test('[HARD-33] a request that is not answered is taken back, so that it cannot come through later', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('end', () => resolve('end'));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const http = nodeHttpCall(50);
  const url = `http://127.0.0.1:${port}/`;
  await expect(http.call({ url, headers: {}, body: Buffer.from('x') })).rejects.toThrow();
  expect(await ended).toBe('ECONNRESET');
  for (const socket of sockets) socket.destroy();
  server.close();
  http.close();
});
