import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchDeleteImage } from '../../src/api/ecr/batch-delete-image.ts';
import { createRepository } from '../../src/api/ecr/create-repository.ts';
import { deleteRepository } from '../../src/api/ecr/delete-repository.ts';
import { digestOf, type Harness, pushBlob, pushImage, startRegistry } from './registry-harness.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let harness: Harness;
beforeEach(async () => {
  harness = await startRegistry();
});
afterEach(() => harness.close());

const isThere = async (name: string, digest: string): Promise<boolean> => {
  const { status } = await harness.call('GET', `/v2/${name}/blobs/${digest}`);
  expect([200, 404]).toContain(status);
  return status === 200;
};

const remove = (repositoryName: string, imageDigest: string) =>
  batchDeleteImage(harness.context, { repositoryName, imageIds: [{ imageDigest }] });

interface Pushed {
  readonly name: string;
  readonly layers: readonly string[];
  readonly isDeleted: boolean;
}

/** Pushes all, then deletes those that are to be deleted, and answers what is left. The same image is one image. */
async function pushThenDelete(pushed: readonly Pushed[]): Promise<readonly Pushed[]> {
  const gone = new Set<string>();
  const images: { readonly key: string; readonly digest: string; readonly image: Pushed }[] = [];
  for (const [index, image] of pushed.entries()) {
    const { digest } = await pushImage(harness, image.name, { tag: `t${index}`, layers: image.layers });
    images.push({ key: `${image.name} ${digest}`, digest, image });
  }
  for (const { key, digest, image } of images) {
    if (!image.isDeleted) continue;
    gone.add(key);
    await remove(image.name, digest);
  }
  return images.filter(({ key }) => !gone.has(key)).map(({ image }) => image);
}

describe('collectGarbage', () => {
  test('[REG-10] the layers of a deleted image go after their grace, those of another image stay', async () => {
    const gone = await pushImage(harness, 'app', { tag: 'gone', layers: ['shared', 'own'] });
    await pushImage(harness, 'app', { tag: 'kept', layers: ['shared'] });
    await remove('app', gone.digest);
    harness.context.clock.advance(DAY_MS - 1);
    expect(await harness.registry.collectGarbage()).toEqual({ uploadCount: 0, linkCount: 0, fileCount: 0 });
    harness.context.clock.advance(1);
    expect(await harness.registry.collectGarbage()).toEqual({ uploadCount: 0, linkCount: 2, fileCount: 2 });
    expect(await isThere('app', digestOf('own'))).toBe(false);
    expect(await isThere('app', digestOf('shared'))).toBe(true);
  });

  test('[REG-10] a blob that was asked for lately stays for the push that goes on', async () => {
    const digest = await pushBlob(harness, 'app', Buffer.from('old'));
    harness.context.clock.advance(DAY_MS);
    expect((await harness.call('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(200);
    await harness.registry.collectGarbage();
    expect(await isThere('app', digest)).toBe(true);
  });

  test('[REG-10] a file goes with the last repository that has it', async () => {
    const digest = await pushBlob(harness, 'base', Buffer.from('both'));
    await harness.call('POST', `/v2/app/blobs/uploads/?mount=${digest}&from=base`);
    harness.context.clock.advance(HOUR_MS);
    await deleteRepository(harness.context, { repositoryName: 'base' });
    expect((await harness.registry.collectGarbage()).fileCount).toBe(0);
    expect(await isThere('app', digest)).toBe(true);
    await deleteRepository(harness.context, { repositoryName: 'app' });
    expect((await harness.registry.collectGarbage()).fileCount).toBe(1);
  });

  test('[REG-10] an upload without progress goes after a day, one with progress stays', async () => {
    const start = async () => (await harness.call('POST', '/v2/app/blobs/uploads/')).headers.location ?? '';
    const [idle, busy] = [await start(), await start()];
    harness.context.clock.advance(DAY_MS - 1);
    await harness.call('PATCH', busy, { body: 'more' });
    harness.context.clock.advance(1);
    expect((await harness.registry.collectGarbage()).uploadCount).toBe(1);
    expect((await harness.call('GET', idle)).status).toBe(404);
    expect((await harness.call('GET', busy)).status).toBe(204);
  });

  test('[REG-10] removes exactly what no image names, whatever was pushed and deleted', async () => {
    const names = ['app', 'base'] as const;
    const layer = fc.constantFrom('a', 'b', 'c', 'd');
    const image = fc.record({
      name: fc.constantFrom(...names),
      layers: fc.uniqueArray(layer, { minLength: 1, maxLength: 3 }),
      isDeleted: fc.boolean(),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(image, { minLength: 1, maxLength: 4 }), async (pushed) => {
        round += 1;
        const salted = pushed.map((one) => ({
          ...one,
          layers: one.layers.map((text) => `${round} ${text}`),
        }));
        const kept = await pushThenDelete(salted);
        harness.context.clock.advance(DAY_MS);
        await harness.registry.collectGarbage();
        for (const { name, layers } of salted) {
          for (const layer of layers) {
            const isNamed = kept.some((one) => one.name === name && one.layers.includes(layer));
            expect(await isThere(name, digestOf(layer))).toBe(isNamed);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  test('[REG-10] beside pushes that race with it, every finished push can be pulled whole', async () => {
    const layers = ['x', 'y'];
    await pushImage(harness, 'app', { tag: 'first', layers });
    for (let round = 0; round < 8; round += 1) {
      await deleteRepository(harness.context, { repositoryName: 'base', force: true });
      const collecting = harness.registry.collectGarbage({ linkMs: 1, fileMs: 0 });
      harness.context.clock.advance(2);
      const pushing = Promise.all(
        layers.map((layer) => pushBlob(harness, 'app', Buffer.from(`${round} ${layer}`))),
      );
      const [digests] = await Promise.all([pushing, collecting]);
      await harness.registry.collectGarbage({ linkMs: DAY_MS, fileMs: 0 });
      for (const digest of digests) expect(await isThere('app', digest)).toBe(true);
      await createRepository(harness.context, { repositoryName: 'base' });
    }
  });
});
