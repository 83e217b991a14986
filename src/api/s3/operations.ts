import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject, headObject } from './get-object.ts';
import { listObjectsV1, listObjectsV2 } from './list-objects.ts';
import type { S3OperationRecord } from './operation-record.ts';
import { type ObjectStorage, putObject } from './put-object.ts';
import { refusedOperations } from './refused-operations.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging-operations.ts';

/** Every S3 operation that is there, by its AWS name. The bytes of objects are in `storage`, the rest in the store. */
export const s3Operations = (storage: ObjectStorage) =>
  ({
    ...refusedOperations,
    CopyObject: copyObject(storage),
    CreateBucket: createBucket,
    DeleteBucket: deleteBucket,
    DeleteObject: deleteObject(storage.files),
    DeleteObjectTagging: deleteObjectTagging,
    DeleteObjects: deleteObjects(storage.files),
    GetBucketLocation: getBucketLocation,
    GetObject: getObject(storage.files),
    GetObjectTagging: getObjectTagging,
    HeadBucket: headBucket,
    HeadObject: headObject,
    ListBuckets: listBuckets,
    ListObjects: listObjectsV1,
    ListObjectsV2: listObjectsV2,
    PutObject: putObject(storage),
    PutObjectTagging: putObjectTagging,
  }) satisfies S3OperationRecord;
