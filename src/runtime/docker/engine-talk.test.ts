import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock, Instant } from '../../lib/clock.ts';
import { instant, plusMs } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { EngineClient } from './engine-client.ts';
import { EventStream } from './event-stream.ts';
import { ImagePuller } from './image-puller.ts';

/** Time that moves only when it is told to. */
class HandClock implements Clock {
  #now = instant(1_000_000);
  readonly #timers = new Map<() => void, Instant>();

  now(): Instant {
    return this.#now;
  }

  schedule(at: Instant, callback: () => void): () => void {
    const timer = (): void => callback();
    this.#timers.set(timer, at);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    this.#now = plusMs(this.#now, ms);
    for (const [timer, at] of [...this.#timers]) if (at <= this.#now && this.#timers.delete(timer)) timer();
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('talking to an engine', () => {
  let folder: string;
  let server: Server;
  let engine: EngineClient;
  let clock: HandClock;
  let calls: string[];
  let answer: Answer;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-api-'));
    calls = [];
    clock = new HandClock();
    server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      if (request.url === '/version') response.end('{"ApiVersion":"1.41"}');
      else answer(request, response);
    });
    const socketPath = join(folder, 's');
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    engine = new EngineClient(socketPath);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const pulls = (): readonly string[] => calls.filter((call) => call.includes('/images/create'));
  const engineWith =
    (image: 'local' | 'absent', pull: Answer): Answer =>
    (request, response) => {
      if (request.method === 'POST') pull(request, response);
      else if (image === 'local') response.end(JSON.stringify({ RepoDigests: [`web@${DIGEST}`] }));
      else response.writeHead(404).end('{"message":"No such image: web:latest"}');
    };
  const refusal =
    (error: string): Answer =>
    (_request, response) =>
      response.end(`${JSON.stringify({ error })}\n`);

  test('[RUN-3] an engine that is not there is a temporary refusal', async () => {
    const nobody = new EngineClient(join(folder, 'none'));
    await expect(nobody.call({ method: 'GET', path: '/info', step: 'engine' })).rejects.toMatchObject({
      step: 'engine',
      isTemporary: true,
    });
  });

  test('[RUN-3] an engine’s refusal keeps its own words', async () => {
    answer = (_request, response) => response.writeHead(500).end('{"message":"no space left on device"}');
    await expect(engine.call({ method: 'POST', path: '/x', step: 'create' })).rejects.toMatchObject({
      message: 'no space left on device',
      step: 'create',
    });
    expect(calls).toContain('POST /v1.41/x');
  });

  test('[RUN-21] callers at the same time share one pull; the digest comes from the registry', async () => {
    let header: string | undefined;
    answer = engineWith('absent', (request, response) => {
      header = String(request.headers['x-registry-auth']);
      response.end(`{"status":"Pulling"}\n{"status":"Digest: ${DIGEST}"}\n`);
    });
    const puller = new ImagePuller(engine, clock);
    const request = {
      image: 'h.example/web:1',
      credentials: { username: 'AWS', password: '?>~secret' },
      isLocalAllowed: false,
    };
    const [first, second] = await Promise.all([puller.pull(request), puller.pull(request)]);
    expect([first?.digest, second?.digest]).toEqual([DIGEST, DIGEST]);
    expect(pulls()).toEqual(['POST /v1.41/images/create?fromImage=h.example%2Fweb&tag=1']);
    const sent = Buffer.from(header ?? '', 'base64url').toString('utf8');
    expect(JSON.parse(sent)).toEqual({ username: 'AWS', password: '?>~secret', serveraddress: 'h.example' });
    expect((header ?? '').length % 4).toBe(0);
  });

  test('[RUN-22] a refused pull says why, and is no network failure', async () => {
    answer = engineWith('absent', refusal('pull access denied for web'));
    const pull = new ImagePuller(engine, clock).pull({ image: 'web', isLocalAllowed: true });
    await expect(pull).rejects.toMatchObject({
      step: 'pull',
      message: 'pull access denied for web',
      isTemporary: false,
    });
  });

  test('[RUN-23] a local image will do where that is allowed, and only there', async () => {
    answer = engineWith('local', refusal('pull access denied for web'));
    const puller = new ImagePuller(engine, clock);
    expect(await puller.pull({ image: 'web', isLocalAllowed: true })).toEqual({ digest: DIGEST });
    await expect(puller.pull({ image: 'web', isLocalAllowed: false })).rejects.toThrow('pull access denied');
  });

  test('[RUN-23] a digest under which another repository knows the same image is not this one’s', async () => {
    answer = engineWith('local', refusal('pull access denied for other'));
    const puller = new ImagePuller(engine, clock);
    expect(await puller.pull({ image: 'other:1', isLocalAllowed: true })).toEqual({ digest: undefined });
    const hub = { image: 'docker.io/library/web:1', isLocalAllowed: true };
    expect(await puller.pull(hub)).toEqual({ digest: DIGEST });
  });

  test('[RUN-23] a registry that was out of reach is left alone for a minute when a local image will do', async () => {
    answer = engineWith('local', refusal('dial tcp: lookup registry: no such host'));
    const puller = new ImagePuller(engine, clock);
    const request = { image: 'web', isLocalAllowed: true };
    await puller.pull(request);
    await puller.pull(request);
    expect(pulls()).toHaveLength(1);
    clock.advance(60_000);
    await puller.pull(request);
    expect(pulls()).toHaveLength(2);
  });

  test('[RUN-24] a pull without progress is given up', async () => {
    const asked = Promise.withResolvers<void>();
    answer = engineWith('absent', (_request, response) => {
      response.write('{"status":"Pulling"}\n');
      asked.resolve();
    });
    const pull = new ImagePuller(engine, clock).pull({ image: 'web', isLocalAllowed: true });
    const outcome = expect(pull).rejects.toMatchObject({
      isTemporary: true,
      message: expect.stringContaining('no progress'),
    });
    await asked.promise;
    clock.advance(120_000);
    await outcome;
  });

  test('[RUN-24] one caller may give up without ending the pull of the others', async () => {
    const finish = Promise.withResolvers<void>();
    answer = engineWith('absent', (_request, response) => {
      finish.promise.then(() => response.end(`{"status":"Digest: ${DIGEST}"}\n`)).catch(() => {});
    });
    const puller = new ImagePuller(engine, clock);
    const stays = puller.pull({ image: 'web', isLocalAllowed: false });
    const gone = puller.pull({ image: 'web', isLocalAllowed: false, signal: AbortSignal.abort() });
    await expect(gone).rejects.toThrow('given up');
    finish.resolve();
    expect(await stays).toEqual({ digest: DIGEST });
  });

  test('[RUN-11] events are followed again after the engine went away, and the gap is told', async () => {
    const streams: ServerResponse[] = [];
    const opened = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    answer = (_request, response) => {
      response.write(`${JSON.stringify({ Actor: { ID: `c${streams.length}` } })}\n`);
      opened[streams.push(response) - 1]?.resolve();
    };
    const heard: string[] = [];
    const gaps: number[] = [];
    const second = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const stream = new EventStream({
      engine,
      clock,
      log: { ...silentLog, warn: () => closed.resolve() },
      labels: ['gantry.owner=me'],
      onContainer: (id) => {
        heard.push(id);
        if (id === 'c1') second.resolve();
      },
      onGap: () => gaps.push(1),
    });
    await opened[0]?.promise;
    streams[0]?.end();
    await closed.promise;
    clock.advance(100);
    await second.promise;
    expect(heard).toEqual(['c0', 'c1']);
    expect(gaps).toHaveLength(2);
    stream.close();
  });
});
