import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { EngineClient } from './engine-client.ts';
import { imageDisk } from './image-disk.ts';

const engineIn = (folder: string | undefined): EngineClient =>
  ({ call: async () => ({ DockerRootDir: folder }) }) as Partial<EngineClient> as EngineClient;

test('[RUN-26] the disk of images is the file system of the folder that the engine names', async () => {
  const { bsize, blocks } = statfsSync(tmpdir());
  const disk = await imageDisk(engineIn(tmpdir()));
  expect(disk?.totalBytes).toBe(bsize * blocks);
  expect(disk?.freeBytes).toBeGreaterThanOrEqual(0);
  expect(disk?.freeBytes).toBeLessThanOrEqual(bsize * blocks);
});

test('[RUN-26] it is not known where this process does not see that folder', async () => {
  for (const folder of ['/nowhere/var/lib/docker', undefined])
    expect(await imageDisk(engineIn(folder))).toBeUndefined();
});
