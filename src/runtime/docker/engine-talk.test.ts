import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock, Instant } from '../../lib/clock.ts';
import { instant, plusMs } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { EngineClient } from './engine-client.ts';
import { containerEvents, EventStream } from './event-stream.ts';
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
      message: 'Error response from daemon: no space left on device',
      step: 'create',
    });
    expect(calls).toContain('POST /v1.41/x');
  });

  test('[RUN-21] [LIF-11] callers for one owner at the same time share one pull; the digest comes from the registry', async () => {
    let header: string | undefined;
    answer = engineWith('absent', (request, response) => {
      header = String(request.headers['x-registry-auth']);
      response.end(`{"status":"Pulling"}\n{"status":"Digest: ${DIGEST}"}\n`);
    });
    const puller = new ImagePuller(engine, clock);
    const request = {
      image: 'h.example/web:1',
      access: { owner: 'role', credentials: async () => ({ username: 'AWS', password: '?>~secret' }) },
      localImage: 'never',
    } as const;
    const [first, second] = await Promise.all([puller.pull(request), puller.pull(request)]);
    expect([first?.digest, second?.digest]).toEqual([DIGEST, DIGEST]);
    expect(pulls()).toEqual(['POST /v1.41/images/create?fromImage=h.example%2Fweb&tag=1']);
    const sent = Buffer.from(header ?? '', 'base64url').toString('utf8');
    expect(JSON.parse(sent)).toEqual({ username: 'AWS', password: '?>~secret', serveraddress: 'h.example' });
    expect((header ?? '').length % 4).toBe(0);
  });

  test('[LIF-11] twenty tasks that want an image at once pull it once, though each has a token of its own', async () => {
    answer = engineWith('absent', (_request, response) => response.end(`{"status":"Digest: ${DIGEST}"}\n`));
    const puller = new ImagePuller(engine, clock);
    let asked = 0;
    const pull = (owner: string) =>
      puller.pull({
        image: 'h.example/web:1',
        access: {
          owner,
          credentials: async () => ({ username: 'AWS', password: `token ${asked++}` }),
        },
        localImage: 'fallback',
      });
    await Promise.all([...Array.from({ length: 20 }, () => pull('role a')), pull('role b')]);
    expect([pulls().length, asked]).toEqual([2, 2]);
  });

  test.each([
    { name: 'a kept token is renewed once', kept: 1, pullCount: 2 },
    { name: 'a token that was not kept is no reason to try again', kept: 0, pullCount: 1 },
  ])('[HARD-47] of a registry that does not take the token: $name', async ({ kept, pullCount }) => {
    answer = engineWith(
      'absent',
      refusal('Your authorization token has expired. Reauthenticate and try again.'),
    );
    let left = kept;
    const access = {
      owner: 'role',
      credentials: async () => ({ username: 'AWS', password: 'token' }),
      forget: () => left-- > 0,
    };
    const pull = new ImagePuller(engine, clock).pull({ image: 'web', access, localImage: 'never' });
    await expect(pull).rejects.toMatchObject({ isTemporary: false });
    expect(pulls()).toHaveLength(pullCount);
  });

  test('[LIF-10] an image that is here is used at once where it comes first, and no credentials are asked for', async () => {
    answer = engineWith('local', refusal('nobody asks'));
    const access = { owner: 'role', credentials: () => Promise.reject(new Error('asked')) };
    const pulled = await new ImagePuller(engine, clock).pull({ image: 'web', access, localImage: 'first' });
    expect(pulled).toEqual({ digest: DIGEST, imageId: undefined, isNew: false });
    expect(pulls()).toHaveLength(0);
  });

  test('[LIF-10] credentials that nobody gives are a failed pull: a local image will do', async () => {
    answer = engineWith('local', refusal('nobody asks'));
    const access = { owner: 'role', credentials: () => Promise.reject(new Error('no token')) };
    const puller = new ImagePuller(engine, clock);
    expect(await puller.pull({ image: 'web', access, localImage: 'fallback' })).toMatchObject({
      digest: DIGEST,
    });
    await expect(puller.pull({ image: 'web', access, localImage: 'never' })).rejects.toThrow('no token');
  });

  test.each([
    'filesystem layer verification failed for digest sha256:1',
    'error pulling image configuration: unexpected EOF',
    'received unexpected HTTP status: 503 Service Unavailable',
    'toomanyrequests: Rate exceeded',
  ])('[LIF-12] a pull that broke off may succeed later: %s', async (text) => {
    answer = engineWith('absent', refusal(text));
    const early = new ImagePuller(engine, clock).pull({ image: 'web', localImage: 'never' });
    await expect(early).rejects.toMatchObject({ isTemporary: true });
    answer = engineWith('absent', (_request, response) =>
      response.writeHead(500).end(JSON.stringify({ message: text })),
    );
    const pull = new ImagePuller(engine, clock).pull({ image: 'web', localImage: 'fallback' });
    await expect(pull).rejects.toMatchObject({
      message: `Error response from daemon: ${text}`,
      isTemporary: true,
    });
  });

  test.each([
    { status: 200, isGone: true },
    { status: 404, isGone: true },
    { status: 409, isGone: false },
  ])('[RUN-25] a name is taken away, and not from a container ($status)', async ({ status, isGone }) => {
    answer = (_request, response) => response.writeHead(status).end('{"message":"told"}');
    expect(await new ImagePuller(engine, clock).remove('h.example/web:1')).toBe(isGone);
    expect(calls.at(-1)).toBe('DELETE /v1.41/images/h.example%2Fweb%3A1');
  });

  test('[RUN-22] a refused pull says why, and is no network failure', async () => {
    answer = engineWith('absent', refusal('pull access denied for web'));
    const pull = new ImagePuller(engine, clock).pull({ image: 'web', localImage: 'fallback' });
    await expect(pull).rejects.toMatchObject({
      step: 'pull',
      message: 'pull access denied for web',
      isTemporary: false,
    });
  });

  test('[RUN-23] a local image will do where that is allowed, and only there', async () => {
    answer = engineWith('local', refusal('pull access denied for web'));
    const puller = new ImagePuller(engine, clock);
    expect(await puller.pull({ image: 'web', localImage: 'fallback' })).toMatchObject({ digest: DIGEST });
    await expect(puller.pull({ image: 'web', localImage: 'never' })).rejects.toThrow('pull access denied');
  });

  test('[RUN-23] a digest under which another repository knows the same image is not this one’s', async () => {
    answer = engineWith('local', refusal('pull access denied for other'));
    const puller = new ImagePuller(engine, clock);
    expect(await puller.pull({ image: 'other:1', localImage: 'fallback' })).toMatchObject({
      digest: undefined,
    });
    const hub = { image: 'docker.io/library/web:1', localImage: 'fallback' } as const;
    expect(await puller.pull(hub)).toMatchObject({ digest: DIGEST });
  });

  test('[RUN-23] a registry that was out of reach is left alone for a minute when a local image will do', async () => {
    answer = engineWith('local', refusal('dial tcp: lookup registry: no such host'));
    const puller = new ImagePuller(engine, clock);
    const request = { image: 'web', localImage: 'fallback' } as const;
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
    const pull = new ImagePuller(engine, clock).pull({ image: 'web', localImage: 'fallback' });
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
    const stays = puller.pull({ image: 'web', localImage: 'never' });
    const gone = puller.pull({ image: 'web', localImage: 'never', signal: AbortSignal.abort() });
    await expect(gone).rejects.toThrow('given up');
    finish.resolve();
    expect(await stays).toMatchObject({ digest: DIGEST });
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
      filters: containerEvents(['gantry.owner=me']),
      onEvent: (id) => {
        heard.push(id);
        if (id === 'c1') second.resolve();
      },
      onOpen: async () => {
        gaps.push(1);
      },
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
