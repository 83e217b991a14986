import { writeRefusal } from '../../core/s3/conditions.ts';
import type { ObjectFiles } from '../../domain/object-files.ts';
import type { S3Object } from '../../domain/s3.ts';
import type { Digest } from '../../lib/digest.ts';
import { s3ObjectKey, s3Objects } from '../../records/s3.ts';
import type { PutObjectRequest } from '../../shapes/generated/s3.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { requireBucket } from './bucket-reference.ts';
import { checkedChecksum, checksumMembers, etagOf } from './checksums.ts';
import { s3Errors } from './errors.ts';
import { tagsOfHeader } from './object-tags.ts';
import type { S3Operation } from './operation-record.ts';
import { checkStorageClass, refuseMembers } from './unsupported.ts';

/** Where the bytes of objects are, and what their sums are made with. */
export interface ObjectStorage {
  readonly files: ObjectFiles;
  readonly digest: Digest;
}

/** A key has at most this many bytes. */
const KEY_BYTES_MAX = 1024;
/** Names and values of the metadata together have at most this many bytes. */
const METADATA_BYTES_MAX = 2048;

/** The headers that an object keeps as they came. */
const KEPT_HEADERS = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
] as const;

const NOT_HERE: readonly (keyof PutObjectRequest & string)[] = [
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'WriteOffsetBytes',
  'ServerSideEncryption',
  'WebsiteRedirectLocation',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'SSEKMSKeyId',
  'SSEKMSEncryptionContext',
  'BucketKeyEnabled',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'ObjectLockLegalHoldStatus',
  'ChecksumSHA512',
  'ChecksumMD5',
  'ChecksumXXHASH64',
  'ChecksumXXHASH3',
  'ChecksumXXHASH128',
  'Expires',
];

const NOTHING = new Uint8Array();

/** Puts an object whole: its bytes are durable before its row says so, and what it replaces goes afterwards. (S3-3, S3-4) */
export const putObject =
  ({ files, digest }: ObjectStorage): S3Operation<'PutObject'> =>
  async (context, input) => {
    refuseMembers(input, NOT_HERE);
    if ((input.ACL ?? 'private') !== 'private') throw s3Errors.unsupported('x-amz-acl');
    checkStorageClass(input.StorageClass);
    const bytes = input.Body ?? NOTHING;
    const made = newObject(context, input, { bytes, digest });
    context.store.read((tx) => requireBucket(tx, context, input));
    await files.write(made.fileId, bytes);
    await storeObject(context, files, { made, check: (tx) => checkWrite(tx, context, input) });
    return { ETag: made.etag, ...checksumMembers(made) };
  };

function newObject(
  context: Context,
  input: PutObjectRequest,
  { bytes, digest }: { readonly bytes: Uint8Array; readonly digest: Digest },
): S3Object {
  checkKey(input.Key);
  return {
    bucket: input.Bucket,
    key: input.Key,
    fileId: context.ids.hex(32),
    size: bytes.length,
    etag: etagOf(bytes, digest),
    lastModified: context.clock.now(),
    checksum: checkedChecksum(input, bytes, digest),
    headers: keptHeaders(input),
    metadata: checkedMetadata(input.Metadata ?? {}),
    tags: tagsOfHeader(input.Tagging),
  };
}

/** Stops at a key that is too long. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) throw s3Errors.keyTooLong();
}

/** What an object keeps of a request's headers. */
export const keptHeaders = (
  input: { readonly [Name in (typeof KEPT_HEADERS)[number]]?: string | undefined },
): Readonly<Record<string, string>> => ({
  ContentType: 'binary/octet-stream',
  ...Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = input[name];
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  ),
});

/** Metadata within its bound. */
export function checkedMetadata(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const bytes = Buffer.byteLength(Object.entries(metadata).flat().join(''));
  if (bytes > METADATA_BYTES_MAX) throw s3Errors.metadataTooLarge();
  return metadata;
}

function checkWrite(tx: WriteTx, context: Context, input: PutObjectRequest): void {
  requireBucket(tx, context, input);
  const known = tx.get(s3Objects, s3ObjectKey(input.Bucket, input.Key));
  const failed = writeRefusal(input, known);
  if (failed === 'If-Match' && known === undefined) throw s3Errors.noSuchKey(input.Key);
  if (failed !== undefined) throw s3Errors.preconditionFailed(failed);
}

/** Stores the row of an object whose file is written. Refused, its file goes again; else that of what it replaces. */
export async function storeObject(
  { store, log }: Context,
  files: ObjectFiles,
  { made, check }: { readonly made: S3Object; readonly check: (tx: WriteTx) => void },
): Promise<void> {
  let replaced: S3Object | undefined;
  try {
    replaced = await store.write((tx) => {
      check(tx);
      const known = tx.get(s3Objects, s3Objects.key(made));
      tx.put(s3Objects, made);
      return known;
    });
  } catch (error) {
    await files.remove(made.fileId);
    throw error;
  }
  if (replaced !== undefined) {
    await files.remove(replaced.fileId).catch((error: unknown) => {
      log.warn('s3.file-not-removed', { error: String(error) });
    });
  }
}
