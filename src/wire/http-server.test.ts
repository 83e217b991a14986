import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../domain/caller.ts';
import { instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createDispatch } from './dispatch.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';
import { originOf } from './request.ts';
import { bodyRoom, REQUEST_BODY_BYTES_MAX } from './request-body.ts';
import { sigv4Authenticator } from './sigv4/verify.ts';

const caller: Caller = { kind: 'root', accountId: '1', arn: 'arn', userId: '1', accessKeyId: 'AKID' };
const logged: string[] = [];
let server: HttpServer;
let port: number;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  const dispatch = await createDispatch({
    operations: {
      ecs: {
        DescribeTasks: (_request, input: { tasks: string[] }) => ({
          tasks: input.tasks.map((taskArn) => ({ taskArn })),
        }),
      },
    },
    authenticator: sigv4Authenticator({
      clock: { now: () => instant(Date.now()), schedule: () => () => {} },
      findKey: (id) => (id === 'AKID' ? { secretAccessKey: 'secret', caller } : undefined),
    }),
    authorize: () => {},
    anonymous: caller,
    ids: { hex: () => '', digits: () => '', uuid: () => 'request-1', base32: () => '', secret: () => '' },
    log: silentLog,
  });
  server = createHttpServer({
    dispatch,
    prefixes: [
      {
        prefix: '/v2/',
        handle: (request, response) => {
          if (request.url === '/v2/broken') throw new Error('broken');
          response.end(`registry ${request.url}`);
        },
      },
    ],
    log: { ...silentLog, error: (event) => logged.push(event) },
  });
  port = await server.listen(0, '127.0.0.1');
});

afterAll(async () => {
  agent.destroy();
  await server.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function send(options: RequestOptions, body: Iterable<Buffer> = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', agent, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    for (const chunk of body) sent.write(chunk);
    sent.end();
  });
}

describe('createHttpServer', () => {
  test('[WIR-11] serves the SDK over a real connection, and names the request', async () => {
    const client = new ECSClient({
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    });
    const { tasks, $metadata } = await client.send(new DescribeTasksCommand({ tasks: ['a', 'ü'] }));
    expect(tasks).toEqual([{ taskArn: 'a' }, { taskArn: 'ü' }]);
    expect($metadata.requestId).toBe('request-1');
    client.destroy();
  });

  test('[WIR-11] answers errors with an accurate date and keeps the connection', async () => {
    const headers = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.DescribeTasks' };
    const answer = await send({ headers: { ...headers, 'content-length': 100_000 } }, [
      Buffer.alloc(100_000),
    ]);
    expect(answer).toMatchObject({
      status: 400,
      headers: { connection: 'keep-alive', 'x-amzn-requestid': 'request-1' },
    });
    expect(Math.abs(Date.parse(String(answer.headers.date)) - Date.now())).toBeLessThan(5_000);
    expect((await send({ headers })).status).toBe(400);
  });

  test('[WIR-8] refuses a body that says it is too large, by name', async () => {
    const answer = await send(
      { headers: { 'content-length': REQUEST_BODY_BYTES_MAX + 1, expect: '100-continue' } },
      [],
    ).catch(String);
    expect(answer).toMatchObject({
      status: 413,
      body: expect.stringContaining(`RequestBodyBytes of ${REQUEST_BODY_BYTES_MAX}`),
    });
  });

  test('[WIR-8] refuses a body that turns out to be too large', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const chunks = Array.from({ length: REQUEST_BODY_BYTES_MAX / chunk.length + 1 }, () => chunk);
    expect(await send({}, chunks)).toMatchObject({ status: 413, headers: { connection: 'close' } });
  });

  test.each([
    ['nothing', undefined, 'MissingAuthenticationTokenException'],
    ['a key that nobody has', 'AKIDOTHER', 'UnrecognizedClientException'],
    ['a wrong signature of the hash that it claims', 'AKID', 'InvalidSignatureException'],
  ])('[WIR-22] a big body that comes with %s is refused before it is read', async (_, key, code) => {
    const day = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const authorization = `AWS4-HMAC-SHA256 Credential=${key}/${day.slice(0, 8)}/us-east-1/ecs/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`;
    const headers = {
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.DescribeTasks',
      'x-amz-date': day,
      'x-amz-content-sha256': 'a'.repeat(64),
      ...(key === undefined ? {} : { authorization }),
      'content-length': 1024 * 1024,
      // The body is sent when the server asks for it, and it never does.
      expect: '100-continue',
    };
    expect(await send({ headers })).toMatchObject({ status: 400, body: expect.stringContaining(code) });
  });

  test('[WIR-22] a client that asks before it sends is told to go on when its head is good', async () => {
    const headers = { 'content-length': 100_000, expect: '100-continue' };
    const told = new Promise((resolve) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port, method: 'POST', path: '/v2/x', headers },
        (response) => response.resume().on('end', () => resolve('answered')),
      );
      sent.on('continue', () => {
        sent.end(Buffer.alloc(100_000));
        resolve('told');
      });
      sent.flushHeaders();
    });
    expect(await told).toBe('told');
  });

  test('[WIR-23] bodies that are held together have a limit, and their room is free again afterwards', async () => {
    const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const answer = { status: 200, headers: {}, body: 'ok' };
    const small = createHttpServer({
      dispatch: async ({ path }) => {
        if (path === '/slow') arrived.resolve();
        if (path === '/slow') await goOn;
        return answer;
      },
      room: bodyRoom(1_000),
      log: silentLog,
    });
    const at = { port: await small.listen(0, '127.0.0.1'), agent: false as const };
    const slow = send({ ...at, path: '/slow' }, [Buffer.alloc(600)]);
    await arrived.promise;
    expect(await send({ ...at }, [Buffer.alloc(600)])).toMatchObject({
      status: 503,
      body: expect.stringContaining('ServiceUnavailableException'),
    });
    expect(await send({ ...at }, [Buffer.alloc(400)])).toMatchObject({ status: 200 });
    letGo();
    expect(await slow).toMatchObject({ status: 200 });
    expect(await send({ ...at }, [Buffer.alloc(600)])).toMatchObject({ status: 200 });
    await small.close();
  });

  test.each([
    ['/v2/', 'registry /v2/'],
    ['/v2', 'registry /v2'],
    ['/v2/a/b?c', 'registry /v2/a/b?c'],
    ['/v2?x', 'registry /v2?x'],
  ])('hands %s to its own handler', async (path, body) => {
    expect(await send({ path, method: 'GET' })).toMatchObject({ status: 200, body });
  });

  test('answers 500 when a handler breaks, and 404 for what is nobody’s', async () => {
    expect((await send({ path: '/v2/broken' })).status).toBe(500);
    expect(logged).toEqual(['http.failed']);
    expect((await send({ path: '/v22', method: 'GET' })).status).toBe(404);
  });

  test('closes an upgrade that nobody takes', async () => {
    const text = await new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
      );
      let received = '';
      socket.on('data', (chunk) => {
        received += String(chunk);
      });
      socket.on('end', () => resolve(received));
      socket.on('error', reject);
    });
    expect(text).toContain('426 Upgrade Required');
  });
});

describe('the origin of a request', () => {
  test.each([
    ['127.0.0.1:7070', 'http://127.0.0.1:7070'],
    ['[::1]:7070', 'http://[::1]:7070'],
    ['gantry.test', 'http://gantry.test'],
    ['a b', undefined],
    ['x/y', undefined],
    ['host:port', undefined],
    [undefined, undefined],
  ])('[WIR-19] of %s is %s', (host, origin) => {
    expect(originOf(host, false)).toBe(origin);
    expect(originOf(host, true)).toBe(origin?.replace('http:', 'https:'));
  });
});
