import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import type { BlobStore, StoredFile } from './blob-store.ts';
import { fileBlobStore } from './file-blob-store.ts';
import { memoryBlobStore } from './memory-blob-store.ts';

const NOW = instant(1_700_000_000_000);
const clock: Clock = { now: () => NOW, schedule: () => () => {} };

const directories: string[] = [];
const aDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-blobs-'));
  directories.push(directory);
  return directory;
};
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

const digestOf = (bytes: Uint8Array, algorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

async function* chunked(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

const readAll = async (blobs: BlobStore, ...what: Parameters<BlobStore['read']>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of blobs.read(...what)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const listed = async (files: AsyncIterable<StoredFile>): Promise<readonly StoredFile[]> => {
  const all: StoredFile[] = [];
  for await (const file of files) all.push(file);
  return all;
};

const hello = Buffer.from('hello, blob');

describe.each<{ name: string; make: () => BlobStore }>([
  { name: 'memory', make: () => memoryBlobStore({ clock }) },
  { name: 'files', make: () => fileBlobStore({ directory: aDirectory(), clock }) },
])('BlobStore contract: $name', ({ make }) => {
  test('[REG-9] an upload becomes the blob of its digest', async () => {
    const blobs = make();
    await blobs.startUpload('u1');
    expect(await blobs.uploadSize('u1')).toBe(0);
    expect(await blobs.append('u1', chunked(hello.subarray(0, 5)))).toBe(5);
    expect(await blobs.append('u1', chunked(hello.subarray(5)))).toBe(hello.length);
    const digest = digestOf(hello);
    expect(await blobs.finishUpload('u1', digest)).toEqual({ kind: 'stored', sizeBytes: hello.length });
    expect(await blobs.size(digest)).toBe(hello.length);
    expect(await readAll(blobs, digest)).toBe('hello, blob');
    expect(await readAll(blobs, digest, { start: 1, end: 3 })).toBe('ell');
    expect(await blobs.uploadSize('u1')).toBeUndefined();
    expect(await listed(blobs.blobs())).toEqual([{ name: digest, modifiedAt: NOW }]);
  });

  test('[REG-9] bytes of another digest become nothing, and the upload is over', async () => {
    const blobs = make();
    await blobs.startUpload('u1');
    await blobs.append('u1', chunked(hello));
    const digest = digestOf(Buffer.from('other'));
    expect(await blobs.finishUpload('u1', digest)).toEqual({ kind: 'mismatch' });
    expect(await blobs.size(digest)).toBeUndefined();
    expect(await blobs.uploadSize('u1')).toBeUndefined();
    expect(await listed(blobs.blobs())).toEqual([]);
  });

  test('[REG-9] what came before a broken connection stays', async () => {
    const blobs = make();
    await blobs.startUpload('u1');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield hello.subarray(0, 4);
      throw new Error('gone');
    }
    await expect(blobs.append('u1', broken())).rejects.toThrow('gone');
    expect(await blobs.uploadSize('u1')).toBe(4);
    expect(await blobs.append('u1', chunked(hello.subarray(4)))).toBe(hello.length);
    expect((await blobs.finishUpload('u1', digestOf(hello))).kind).toBe('stored');
  });

  test('a cancelled upload is gone, an unknown one does not begin by itself', async () => {
    const blobs = make();
    await blobs.startUpload('u1');
    expect(await listed(blobs.uploads())).toEqual([{ name: 'u1', modifiedAt: NOW }]);
    await blobs.cancelUpload('u1');
    await blobs.cancelUpload('u1');
    expect(await listed(blobs.uploads())).toEqual([]);
    await expect(blobs.append('u1', chunked(hello))).rejects.toThrow();
  });

  test('an empty blob is a blob', async () => {
    const blobs = make();
    const digest = digestOf(Buffer.alloc(0));
    await blobs.startUpload('u1');
    expect(await blobs.finishUpload('u1', digest)).toEqual({ kind: 'stored', sizeBytes: 0 });
    expect(await readAll(blobs, digest)).toBe('');
  });

  test('a removed blob cannot be read; removing twice is no error', async () => {
    const blobs = make();
    const digest = digestOf(hello);
    await blobs.startUpload('u1');
    await blobs.append('u1', chunked(hello));
    await blobs.finishUpload('u1', digest);
    blobs.removeBlob(digest);
    blobs.removeBlob(digest);
    expect(await blobs.size(digest)).toBeUndefined();
    await expect(readAll(blobs, digest)).rejects.toThrow();
  });

  test('[REG-9] any cut of the bytes into parts and chunks gives the same blob', async () => {
    const blobs = make();
    let uploads = 0;
    const parts = fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(parts, fc.constantFrom('sha256', 'sha512'), async (cut, algorithm) => {
        uploads += 1;
        const bytes = Buffer.concat(cut.flat());
        await blobs.startUpload(`p${uploads}`);
        for (const chunks of cut) await blobs.append(`p${uploads}`, chunked(...chunks));
        const digest = digestOf(bytes, algorithm);
        expect(await blobs.finishUpload(`p${uploads}`, digest)).toEqual({
          kind: 'stored',
          sizeBytes: bytes.length,
        });
        expect(await blobs.size(digest)).toBe(bytes.length);
      }),
      { numRuns: 40 },
    );
  });
});

test('[REG-9] uploading again heals a file that was damaged', async () => {
  const directory = aDirectory();
  const blobs = fileBlobStore({ directory, clock });
  const digest = digestOf(hello);
  const hex = digest.slice('sha256:'.length);
  const upload = async (): Promise<void> => {
    await blobs.startUpload('u1');
    await blobs.append('u1', chunked(hello));
    await blobs.finishUpload('u1', digest);
  };
  await upload();
  writeFileSync(join(directory, 'sha256', hex.slice(0, 2), hex), 'damaged');
  await upload();
  expect(await readAll(blobs, digest)).toBe('hello, blob');
});
