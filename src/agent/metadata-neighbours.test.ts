import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { listen } from './listen.ts';
import { askNeighbours, isPassedOn } from './metadata-neighbours.ts';

const servers: http.Server[] = [];

async function neighbour(answer: (request: http.IncomingMessage) => [number, unknown]): Promise<number> {
  const server = http.createServer((request, response) => {
    const [status, body] = answer(request);
    response.writeHead(status).end(JSON.stringify(body));
  });
  servers.push(server);
  return listen(server, '127.0.0.1', 0);
}

const driverWith = (...ports: readonly number[]) => ({ otherMetadataPorts: async () => ports });

describe('agents on one host', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  test('[TMD-11] the one that knows the container answers, the others do not count', async () => {
    const asked: boolean[] = [];
    const stranger = await neighbour(() => [404, 'unknown']);
    const knowing = await neighbour((request) => {
      asked.push(isPassedOn(request));
      return [200, { path: request.url }];
    });
    const gone = await neighbour(() => [200, 'gone']);
    servers.at(-1)?.close();
    const answer = await askNeighbours(driverWith(gone, stranger, knowing), { path: '/v4/token/task?x=1' });
    expect(answer).toEqual({ status: 200, body: { path: '/v4/token/task?x=1' } });
    expect(asked).toEqual([true]);
  });

  test('[TMD-11] credentials that one of them still waits for are its answer', async () => {
    const waiting = await neighbour(() => [503, { code: 'CredentialsUninitialized' }]);
    expect(await askNeighbours(driverWith(waiting), { path: '/v2/credentials/1' })).toMatchObject({
      status: 503,
    });
  });

  test('[TMD-8] a container that writes the header of an agent is none', async () => {
    const asked = Promise.withResolvers<boolean>();
    const port = await neighbour((request) => {
      asked.resolve(isPassedOn(request));
      return [200, ''];
    });
    // Another address of the loopback stands for that of a container.
    const from = { host: '127.0.0.1', port, localAddress: '127.0.0.2' };
    http.get({ ...from, headers: { 'x-gantry-passed-on': '1' } }, (response) => response.resume());
    expect(await asked.promise).toBe(false);
  });

  test('[TMD-11] a call is passed on as it is, and refusals of the one that knows the token count', async () => {
    const asked: unknown[] = [];
    const stranger = await neighbour(() => [404, 'unknown']);
    const knowing = await neighbour((request) => {
      asked.push([request.method, request.headers['content-length']]);
      return [400, { Error: 'no' }];
    });
    const question = { path: '/api/token/fault/v1/network-latency/start', method: 'POST', body: '{}' };
    const unknown = new Set([404]);
    expect(await askNeighbours(driverWith(stranger, knowing), { ...question, unknown })).toEqual({
      status: 400,
      body: { Error: 'no' },
    });
    expect(asked).toEqual([['POST', '2']]);
  });

  test('[TMD-11] nobody knows, or nobody is there', async () => {
    const stranger = await neighbour(() => [400, 'unknown']);
    expect(await askNeighbours(driverWith(stranger), { path: '/v2/credentials/1' })).toBeUndefined();
    expect(await askNeighbours(driverWith(), { path: '/v4/token' })).toBeUndefined();
  });
});
