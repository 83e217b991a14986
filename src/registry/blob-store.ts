import type { Readable } from 'node:stream';
import type { Instant } from '../lib/clock.ts';

/** The bytes of a blob from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A blob or upload that is there, by its digest or id. */
export interface StoredFile {
  readonly name: string;
  /** When bytes were last written under this name, or the blob was last uploaded again. */
  readonly modifiedAt: Instant;
}

/** How an upload ended. */
export type FinishedUpload =
  | { readonly kind: 'stored'; readonly sizeBytes: number }
  | { readonly kind: 'mismatch' };

/**
 * Where the bytes of blobs and of uploads under way are. It knows nothing of repositories: who may read a blob is said by
 * rows of the store. One caller at a time works on an upload. (REG-9)
 */
export interface BlobStore {
  /** Undefined when there is no such blob. */
  size(digest: string): Promise<number | undefined>;
  /** The blob or a part of it. Fails on the stream when the blob is not there. */
  read(digest: string, range?: ByteRange): Readable;
  /** Begins an empty upload. */
  startUpload(uploadId: string): Promise<void>;
  /** How many bytes have come; undefined when there is no such upload. */
  uploadSize(uploadId: string): Promise<number | undefined>;
  /**
   * Adds to the end of an upload and answers its size. When `chunks` fails, what had come before stays and the error
   * is passed on.
   */
  append(uploadId: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;
  /**
   * Turns an upload into the blob `digest`, durably and at once, when its bytes have that digest. The upload is over
   * either way.
   */
  finishUpload(uploadId: string, digest: string): Promise<FinishedUpload>;
  /** Ends an upload and forgets its bytes; one that is not there is no error. */
  cancelUpload(uploadId: string): Promise<void>;
  blobs(): AsyncIterable<StoredFile>;
  uploads(): AsyncIterable<StoredFile>;
  /** Synchronous, so that nothing comes between the question whether a blob is needed and its end. */
  removeBlob(digest: string): void;
}
