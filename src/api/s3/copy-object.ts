import { readVerdict } from '../../core/s3/conditions.ts';
import type { S3Object } from '../../domain/s3.ts';
import type { Digest } from '../../lib/digest.ts';
import type { CopyObjectRequest } from '../../shapes/generated/s3.ts';
import type { Context } from '../operation.ts';
import { requireBucket, requireObject } from './bucket-reference.ts';
import { checkedChecksum, checksumMembers } from './checksums.ts';
import { s3Errors } from './errors.ts';
import { tagsOfHeader } from './object-tags.ts';
import type { S3Operation } from './operation-record.ts';
import { checkedMetadata, checkKey, keptHeaders, type ObjectStorage, storeObject } from './put-object.ts';
import { checkStorageClass, refuseMembers } from './unsupported.ts';

const NOT_HERE: readonly (keyof CopyObjectRequest & string)[] = [
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'ServerSideEncryption',
  'WebsiteRedirectLocation',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSEKMSKeyId',
  'CopySourceSSECustomerAlgorithm',
  'CopySourceSSECustomerKey',
  'ObjectLockMode',
  'ObjectLockLegalHoldStatus',
  'ExpectedSourceBucketOwner',
  'IfMatch',
  'IfNoneMatch',
  'Expires',
];

/** Copies an object with its metadata and tags, or with those of the request. (S3-4) */
export const copyObject =
  ({ files, digest }: ObjectStorage): S3Operation<'CopyObject'> =>
  async (context, input) => {
    refuseMembers(input, NOT_HERE);
    if ((input.ACL ?? 'private') !== 'private') throw s3Errors.unsupported('x-amz-acl');
    checkStorageClass(input.StorageClass);
    checkKey(input.Key);
    const source = sourceOf(context, input);
    const isReplaced = input.MetadataDirective === 'REPLACE';
    if (!isReplaced && source.bucket === input.Bucket && source.key === input.Key)
      throw s3Errors.copyToItself();
    const bytes = await files.read(source.fileId);
    if (bytes === undefined) throw s3Errors.noSuchKey(source.key);
    const made = copied(context, input, { source, bytes, digest });
    context.store.read((tx) => requireBucket(tx, context, input));
    await files.write(made.fileId, bytes);
    await storeObject(context, files, { made, check: (tx) => void requireBucket(tx, context, input) });
    return {
      CopyObjectResult: { ETag: made.etag, LastModified: made.lastModified, ...checksumMembers(made) },
    };
  };

/** The new object: the source's, with what the request replaces. */
function copied(
  { ids, clock }: Context,
  input: CopyObjectRequest,
  {
    source,
    bytes,
    digest,
  }: {
    readonly source: S3Object;
    readonly bytes: Uint8Array;
    readonly digest: Digest;
  },
): S3Object {
  const isReplaced = input.MetadataDirective === 'REPLACE';
  return {
    ...source,
    bucket: input.Bucket,
    key: input.Key,
    fileId: ids.hex(32),
    lastModified: clock.now(),
    checksum: input.ChecksumAlgorithm === undefined ? source.checksum : checkedChecksum(input, bytes, digest),
    ...(isReplaced ? { headers: keptHeaders(input), metadata: checkedMetadata(input.Metadata ?? {}) } : {}),
    ...(input.TaggingDirective === 'REPLACE' ? { tags: tagsOfHeader(input.Tagging) } : {}),
  };
}

/** The bucket and key that `x-amz-copy-source` names. */
export function copySource(header: string): { readonly Bucket: string; readonly Key: string } {
  const [path = ''] = header.split('?versionId=');
  const text = decoded(path.replace(/^\//, ''));
  const slash = text.indexOf('/');
  if (slash < 1) throw s3Errors.invalidArgument('Invalid copy source object key');
  return { Bucket: text.slice(0, slash), Key: text.slice(slash + 1) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw s3Errors.invalidArgument('Invalid copy source encoding');
  }
}

function sourceOf(context: Context, input: CopyObjectRequest): S3Object {
  if (input.CopySource.includes('?versionId=')) throw s3Errors.unsupported('versionId');
  const source = context.store.read((tx) => requireObject(tx, context, copySource(input.CopySource)));
  const verdict = readVerdict(
    {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    source,
  );
  if (verdict !== 'ok') throw s3Errors.preconditionFailed(verdict);
  return source;
}
