import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineClient } from './engine-client.ts';
import { ImageLook } from './image-look.ts';

describe('looking for images', () => {
  let folder: string;
  let server: Server;
  let look: ImageLook;
  let askedCount: number;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-look-'));
    askedCount = 0;
    answer = (response) => response.end(`{"Id":"image-${askedCount}"}`);
    server = createServer((request, response) => {
      if (request.url === '/version') {
        response.end('{"ApiVersion":"1.41"}');
        return;
      }
      askedCount += 1;
      answer(response);
    });
    const socketPath = join(folder, 's');
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    look = new ImageLook(new EngineClient(socketPath));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const find = async (): Promise<string | undefined> => (await look.find('web:1'))?.Id;

  test('[RUN-27] an image is asked for once while the engine tells of changes, and again after each', async () => {
    look.trust();
    expect([await find(), await find()]).toEqual(['image-1', 'image-1']);
    look.forget();
    expect([await find(), await find()]).toEqual(['image-2', 'image-2']);
  });

  test('[RUN-27] nothing is remembered while the engine does not tell of changes', async () => {
    expect([await find(), await find()]).toEqual(['image-1', 'image-2']);
    look.trust();
    await find();
    look.distrust();
    expect([await find(), await find()]).toEqual(['image-4', 'image-5']);
  });

  test('[RUN-27] an answer that a change has overtaken is not remembered', async () => {
    look.trust();
    answer = (response) => {
      look.forget();
      response.end('{"Id":"old"}');
    };
    expect(await find()).toBe('old');
    answer = (response) => response.end('{"Id":"new"}');
    expect(await find()).toBe('new');
  });

  test('[RUN-27] that an image is missing is not remembered', async () => {
    look.trust();
    answer = (response) => response.writeHead(404).end('{"message":"No such image: web:1"}');
    expect(await find()).toBeUndefined();
    answer = (response) => response.end('{"Id":"pulled"}');
    expect(await find()).toBe('pulled');
  });
});
