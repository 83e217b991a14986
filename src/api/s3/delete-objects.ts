import type { ObjectFiles } from '../../domain/object-files.ts';
import type { S3Object } from '../../domain/s3.ts';
import { s3ObjectKey, s3Objects } from '../../records/s3.ts';
import type { WriteTx } from '../../store/store.ts';
import { requireBucket } from './bucket-reference.ts';
import { s3Errors } from './errors.ts';
import type { S3Operation } from './operation-record.ts';
import { refuseMembers } from './unsupported.ts';

/** DeleteObjects takes at most this many keys. */
const KEYS_MAX_COUNT = 1000;

function take(tx: WriteTx, bucket: string, key: string): readonly S3Object[] {
  const known = tx.get(s3Objects, s3ObjectKey(bucket, key));
  if (known === undefined) return [];
  tx.delete(s3Objects, s3Objects.key(known));
  return [known];
}

/** Files whose rows are gone; what stays behind is swept away later. */
const removeFiles = async (files: ObjectFiles, gone: readonly S3Object[]): Promise<void> => {
  await Promise.allSettled(gone.map(({ fileId }) => files.remove(fileId)));
};

/** Deletes an object; a key that means nothing is no error. (S3-7) */
export const deleteObject =
  (files: ObjectFiles): S3Operation<'DeleteObject'> =>
  async (context, input) => {
    refuseMembers(input, ['VersionId', 'MFA', 'BypassGovernanceRetention', 'IfMatch']);
    const gone = await context.store.write((tx) => {
      requireBucket(tx, context, input);
      return take(tx, input.Bucket, input.Key);
    });
    await removeFiles(files, gone);
    return {};
  };

/** Deletes up to a thousand objects. (S3-7) */
export const deleteObjects =
  (files: ObjectFiles): S3Operation<'DeleteObjects'> =>
  async (context, input) => {
    refuseMembers(input, ['MFA', 'BypassGovernanceRetention']);
    const { Objects, Quiet = false } = input.Delete;
    if (Objects.length === 0 || Objects.length > KEYS_MAX_COUNT) throw s3Errors.malformedXml();
    for (const each of Objects) refuseMembers(each, ['VersionId', 'ETag', 'LastModifiedTime', 'Size']);
    const gone = await context.store.write((tx) => {
      requireBucket(tx, context, input);
      return Objects.flatMap(({ Key }) => take(tx, input.Bucket, Key));
    });
    await removeFiles(files, gone);
    return Quiet ? {} : { Deleted: Objects.map(({ Key }) => ({ Key })) };
  };
