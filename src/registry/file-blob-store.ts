import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, instant } from '../lib/clock.ts';
import type { BlobStore, FinishedUpload, StoredFile } from './blob-store.ts';

/** Read in pieces of this size when a digest is computed: few calls, and no long stop of the event loop. */
const HASH_CHUNK_BYTES = 1024 * 1024;

/**
 * Blobs as files `<directory>/sha256/ab/<hex>`, uploads as `<directory>/uploads/<id>`. A blob appears under its name by
 * a rename after its bytes were hashed and forced to the disk, so what is there is whole. (REG-9)
 */
export function fileBlobStore({ directory, clock }: FileBlobStoreOptions): BlobStore {
  const uploadPath = (uploadId: string): string => join(directory, 'uploads', uploadId);
  const blobPath = (digest: string): string => {
    const [algorithm = '', hex = ''] = digest.split(':');
    return join(directory, algorithm, hex.slice(0, 2), hex);
  };
  return {
    size: (digest) => sizeOf(blobPath(digest)),
    read: (digest, range) => createReadStream(blobPath(digest), range),
    startUpload: async (uploadId) => {
      await mkdir(dirname(uploadPath(uploadId)), { recursive: true, mode: 0o700 });
      const file = await open(uploadPath(uploadId), 'wx', 0o600);
      await file.close();
      await stamp(uploadPath(uploadId), clock);
    },
    uploadSize: (uploadId) => sizeOf(uploadPath(uploadId)),
    append: async (uploadId, chunks) => {
      const path = uploadPath(uploadId);
      await stat(path);
      const file = await open(path, 'a', 0o600);
      try {
        for await (const chunk of chunks) await file.writeFile(chunk);
        return (await file.stat()).size;
      } finally {
        await file.close();
        await stamp(path, clock);
      }
    },
    finishUpload: (uploadId, digest) => finish(uploadPath(uploadId), blobPath(digest), { digest, clock }),
    cancelUpload: (uploadId) => rm(uploadPath(uploadId), { force: true }),
    blobs: () => listBlobs(directory),
    uploads: () => list(join(directory, 'uploads'), (name) => name),
    removeBlob: (digest) => rmSync(blobPath(digest), { force: true }),
  };
}

/** Where the files are, and what time they bear. */
export interface FileBlobStoreOptions {
  readonly directory: string;
  readonly clock: Clock;
}

async function finish(
  from: string,
  to: string,
  { digest, clock }: { readonly digest: string; readonly clock: Clock },
): Promise<FinishedUpload> {
  const file = await open(from, 'r+');
  let sizeBytes: number;
  try {
    const found = await hash(file, digest.slice(0, digest.indexOf(':')));
    if (found.digest !== digest) {
      await rm(from, { force: true });
      return { kind: 'mismatch' };
    }
    sizeBytes = found.sizeBytes;
    await file.sync();
  } finally {
    await file.close();
  }
  await stamp(from, clock);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rename(from, to);
  await syncDirectory(dirname(to));
  await syncDirectory(dirname(dirname(to)));
  return { kind: 'stored', sizeBytes };
}

async function hash(
  file: FileHandle,
  algorithm: string,
): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const hasher = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(HASH_CHUNK_BYTES);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, sizeBytes);
    if (bytesRead === 0) return { digest: `${algorithm}:${hasher.digest('hex')}`, sizeBytes };
    hasher.update(buffer.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
}

/** The age of a file is told by our clock, which the collector compares it with. */
async function stamp(path: string, clock: Clock): Promise<void> {
  const seconds = clock.now() / 1000;
  await utimes(path, seconds, seconds);
}

/** A rename is durable when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await unlessMissing(() => stat(path)))?.size;
}

async function* listBlobs(directory: string): AsyncGenerator<StoredFile> {
  for (const algorithm of ['sha256', 'sha512']) {
    const prefixes = (await unlessMissing(() => readdir(join(directory, algorithm)))) ?? [];
    for (const prefix of prefixes) {
      yield* list(join(directory, algorithm, prefix), (hex) => `${algorithm}:${hex}`);
    }
  }
}

async function* list(directory: string, nameOf: (file: string) => string): AsyncGenerator<StoredFile> {
  for (const file of (await unlessMissing(() => readdir(directory))) ?? []) {
    const found = await unlessMissing(() => stat(join(directory, file)));
    if (found?.isFile()) yield { name: nameOf(file), modifiedAt: instant(Math.round(found.mtimeMs)) };
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
