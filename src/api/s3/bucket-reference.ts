import type { Bucket, S3Object } from '../../domain/s3.ts';
import { refuse } from '../../lib/service-error.ts';
import { buckets, s3ObjectKey, s3Objects } from '../../records/s3.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { s3Errors } from './errors.ts';

/** How requests name a bucket. */
export interface BucketInput {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string | undefined;
}

/** The bucket, when it is there and belongs to whom the request thinks. */
export function requireBucket(
  tx: ReadTx,
  { installation }: Pick<Context, 'installation'>,
  { Bucket: name, ExpectedBucketOwner: owner }: BucketInput,
): Bucket {
  const bucket = tx.get(buckets, name) ?? refuse(s3Errors.noSuchBucket(name));
  if (owner !== undefined && owner !== installation.accountId) throw s3Errors.accessDenied();
  return bucket;
}

/** The object of a key. There are no versions but the one that is there. */
export function requireObject(
  tx: ReadTx,
  context: Pick<Context, 'installation'>,
  input: BucketInput & { readonly Key: string; readonly VersionId?: string | undefined },
): S3Object {
  requireBucket(tx, context, input);
  if (input.VersionId !== undefined && input.VersionId !== 'null') throw s3Errors.unsupported('versionId');
  return tx.get(s3Objects, s3ObjectKey(input.Bucket, input.Key)) ?? refuse(s3Errors.noSuchKey(input.Key));
}
