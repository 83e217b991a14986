import { s3Arn } from '../../domain/s3.ts';
import { s3ObjectKey, s3Objects } from '../../records/s3.ts';
import type { S3Operations } from '../../shapes/generated/s3.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  tagPairs,
} from '../authorization.ts';
import { copySource } from './copy-object.ts';

interface BucketInput {
  readonly Bucket: string;
}
interface ObjectInput extends BucketInput {
  readonly Key: string;
}

const onBucket =
  (action: string): AccessDeclaration<BucketInput> =>
  ({ Bucket }) => [{ action, resource: s3Arn(Bucket) }];

const onObject =
  (action: string): AccessDeclaration<ObjectInput> =>
  ({ Bucket, Key }, { tx }) => {
    const tags = tagPairs(tx.get(s3Objects, s3ObjectKey(Bucket, Key))?.tags);
    const keys = Object.fromEntries(
      tags.map(({ key, value }) => [`s3:existingobjecttag/${key.toLowerCase()}`, value]),
    );
    return [{ action, resource: s3Arn(Bucket, Key), keys }];
  };

const listing: AccessDeclaration<
  BucketInput & {
    readonly Prefix?: string | undefined;
    readonly Delimiter?: string | undefined;
    readonly MaxKeys?: number | undefined;
  }
> = ({ Bucket, Prefix, Delimiter, MaxKeys }) => [
  {
    action: 's3:ListBucket',
    resource: s3Arn(Bucket),
    keys: { 's3:prefix': Prefix ?? '', 's3:delimiter': Delimiter, 's3:max-keys': MaxKeys?.toString() },
  },
];

/** Setting tags with an object needs a permission of its own. */
function putting({
  Bucket,
  Key,
  Tagging,
}: ObjectInput & { readonly Tagging?: string | undefined }): AccessCheck[] {
  const check: AccessCheck = { action: 's3:PutObject', resource: s3Arn(Bucket, Key) };
  return Tagging === undefined ? [check] : [check, { ...check, action: 's3:PutObjectTagging' }];
}

const multipart = onObject('s3:PutObject');

/** S3 operations with the permissions that they need; their actions are not named as the operations are. (AUTH-11; Service Authorization Reference) */
export const s3Authorization: Partial<AccessDeclarations<S3Operations>> = {
  AbortMultipartUpload: onObject('s3:AbortMultipartUpload'),
  CompleteMultipartUpload: multipart,
  CopyObject: (input, scene) => [
    ...putting(input),
    ...onObject('s3:GetObject')(copySource(input.CopySource), scene),
  ],
  CreateBucket: onBucket('s3:CreateBucket'),
  CreateMultipartUpload: multipart,
  DeleteBucket: onBucket('s3:DeleteBucket'),
  DeleteBucketPolicy: onBucket('s3:DeleteBucketPolicy'),
  DeleteObject: onObject('s3:DeleteObject'),
  DeleteObjectTagging: onObject('s3:DeleteObjectTagging'),
  DeleteObjects: ({ Bucket, Delete }) =>
    Delete.Objects.map(({ Key }) => ({ action: 's3:DeleteObject', resource: s3Arn(Bucket, Key) })),
  GetBucketLocation: onBucket('s3:GetBucketLocation'),
  GetBucketPolicy: onBucket('s3:GetBucketPolicy'),
  GetObject: onObject('s3:GetObject'),
  GetObjectTagging: onObject('s3:GetObjectTagging'),
  HeadBucket: onBucket('s3:ListBucket'),
  HeadObject: onObject('s3:GetObject'),
  ListBuckets: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
  ListObjects: listing,
  ListObjectsV2: listing,
  PutBucketPolicy: onBucket('s3:PutBucketPolicy'),
  PutObject: putting,
  PutObjectTagging: onObject('s3:PutObjectTagging'),
  UploadPart: multipart,
  UploadPartCopy: multipart,
};
