import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Clock, Instant } from '../lib/clock.ts';
import type { BlobStore, StoredFile } from './blob-store.ts';

interface Entry {
  readonly bytes: Uint8Array;
  readonly modifiedAt: Instant;
}

/** Blobs that live as long as the process. For tests and for control planes that serve no image. */
export function memoryBlobStore({ clock }: { readonly clock: Clock }): BlobStore {
  const blobs = new Map<string, Entry>();
  const uploads = new Map<string, Entry>();
  const write = (to: Map<string, Entry>, name: string, bytes: Uint8Array): void => {
    to.set(name, { bytes, modifiedAt: clock.now() });
  };
  return {
    size: async (digest) => blobs.get(digest)?.bytes.length,
    read: (digest, range) => {
      const bytes = blobs.get(digest)?.bytes;
      if (bytes === undefined) return failing(new Error(`no blob ${digest}`));
      return Readable.from(
        [Buffer.from(range === undefined ? bytes : bytes.subarray(range.start, range.end + 1))],
        {
          objectMode: false,
        },
      );
    },
    startUpload: async (uploadId) => write(uploads, uploadId, new Uint8Array()),
    uploadSize: async (uploadId) => uploads.get(uploadId)?.bytes.length,
    append: async (uploadId, chunks) => {
      for await (const chunk of chunks) {
        write(uploads, uploadId, Buffer.concat([bytesOf(uploads, uploadId), chunk]));
      }
      return bytesOf(uploads, uploadId).length;
    },
    finishUpload: async (uploadId, digest) => {
      const bytes = bytesOf(uploads, uploadId);
      uploads.delete(uploadId);
      if (digestOf(bytes, digest) !== digest) return { kind: 'mismatch' };
      write(blobs, digest, bytes);
      return { kind: 'stored', sizeBytes: bytes.length };
    },
    cancelUpload: async (uploadId) => void uploads.delete(uploadId),
    blobs: () => list(blobs),
    uploads: () => list(uploads),
    removeBlob: (digest) => void blobs.delete(digest),
  };
}

function bytesOf(uploads: ReadonlyMap<string, Entry>, uploadId: string): Uint8Array {
  const entry = uploads.get(uploadId);
  if (entry === undefined) throw new Error(`no upload ${uploadId}`);
  return entry.bytes;
}

const digestOf = (bytes: Uint8Array, like: string): string => {
  const algorithm = like.slice(0, like.indexOf(':'));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
};

async function* list(entries: ReadonlyMap<string, Entry>): AsyncGenerator<StoredFile> {
  for (const [name, { modifiedAt }] of [...entries]) yield { name, modifiedAt };
}

const failing = (error: Error): Readable =>
  new Readable({
    read() {
      this.destroy(error);
    },
  });
