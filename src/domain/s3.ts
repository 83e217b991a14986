import type { Instant } from '../lib/clock.ts';
import type { CapitalTag } from './secret.ts';

/** A bucket. Written by the API alone. */
export interface Bucket {
  readonly name: string;
  readonly createdAt: Instant;
}

/** The algorithms whose sums are checked and kept. */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** An object: everything but its bytes, which are in a file of their own. Written by the API alone. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  /** New for each object that is put. */
  readonly fileId: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: Instant;
  /** As a client sent it or, without, CRC64NVME as AWS computes it. In base64. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  /** What the client gave of Content-Type, Cache-Control and so on, by the member's name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly CapitalTag[];
}

/** The ARN of a bucket or, with a key, of an object. */
export const s3Arn = (bucket: string, key?: string): string =>
  `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
