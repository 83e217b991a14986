import { s3Errors } from './errors.ts';
import type { S3OperationRecord } from './operation-record.ts';

const refuse = (feature: string) => (): never => {
  throw s3Errors.unsupported(feature);
};

const multipart = refuse('multipart uploads; raise multipart_threshold, or put the object whole');
const policies = refuse('bucket policies');

/** Operations that are known and not done. */
export const refusedOperations = {
  AbortMultipartUpload: multipart,
  CompleteMultipartUpload: multipart,
  CreateMultipartUpload: multipart,
  DeleteBucketPolicy: policies,
  GetBucketPolicy: policies,
  PutBucketPolicy: policies,
  UploadPart: multipart,
  UploadPartCopy: multipart,
} as const satisfies S3OperationRecord;
