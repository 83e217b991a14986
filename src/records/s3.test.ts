import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { memoryStore } from '../store/memory-store.ts';
import { listObjects, s3Objects } from './s3.ts';

const aKey = fc.stringMatching(/^[ab/]{1,5}$/);

/** A bucket with these keys, beside others with the same. */
async function aBucket(keys: readonly string[]) {
  const store = await memoryStore();
  await store.write((tx) => {
    for (const bucket of ['bucket', 'bucket2', 'buckes']) {
      for (const key of keys) {
        tx.put(s3Objects, {
          bucket,
          key,
          fileId: 'f',
          size: 0,
          etag: '""',
          lastModified: instant(0),
          checksum: { algorithm: 'CRC32', value: '' },
          headers: {},
          metadata: {},
          tags: [],
        });
      }
    }
  });
  return store;
}

/** What a listing should say, found the slow way. */
function expected(keys: readonly string[], prefix: string, delimiter: string): readonly string[] {
  const all = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : `${key.slice(0, at + 1)}…`;
    });
  return [...new Set(all)].sort();
}

describe('listObjects', () => {
  test('[S3-8] page by page it tells every key or common prefix once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(aKey, { maxLength: 12 }),
        fc.constantFrom('', 'a', 'a/', '/', 'b/a'),
        fc.constantFrom('', '/'),
        fc.integer({ min: 1, max: 4 }),
        async (keys, prefix, delimiter, maxCount) => {
          const store = await aBucket(keys);
          const told: string[] = [];
          let after: string | undefined = '';
          for (let page = 0; after !== undefined; page += 1) {
            expect(page).toBeLessThan(20);
            const from: string = after;
            const listing = store.read((tx) =>
              listObjects(tx, { bucket: 'bucket', prefix, delimiter, after: from, maxCount }),
            );
            const names = [
              ...listing.objects.map(({ key }) => key),
              ...listing.commonPrefixes.map((common) => `${common}…`),
            ].sort();
            expect(names.length).toBeLessThanOrEqual(maxCount);
            told.push(...names);
            after = listing.last;
          }
          expect(told).toEqual(expected(keys, prefix, delimiter));
        },
      ),
      { numRuns: 150 },
    );
  });
});
