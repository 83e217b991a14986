import { ServiceError } from '../../lib/service-error.ts';

const s3Error = (
  code: string,
  message: string,
  {
    status = 400,
    members = {},
  }: { readonly status?: number; readonly members?: Record<string, unknown> } = {},
): ServiceError => new ServiceError(code, message, { status, members });

/** Every error of the S3 operations, with the code, the status and the literal text of the service. */
export const s3Errors = {
  noSuchBucket: (bucket: string) =>
    s3Error('NoSuchBucket', 'The specified bucket does not exist', {
      status: 404,
      members: { BucketName: bucket },
    }),
  noSuchKey: (key: string) =>
    s3Error('NoSuchKey', 'The specified key does not exist.', { status: 404, members: { Key: key } }),
  bucketExists: (bucket: string) =>
    s3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { status: 409, members: { BucketName: bucket } },
    ),
  bucketNotEmpty: (bucket: string) =>
    s3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
      status: 409,
      members: { BucketName: bucket },
    }),
  invalidBucketName: (bucket: string) =>
    s3Error('InvalidBucketName', 'The specified bucket is not valid.', { members: { BucketName: bucket } }),
  location: (name: string) =>
    s3Error(
      'IllegalLocationConstraintException',
      `The ${name} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    ),
  badDigest: (what: string) =>
    s3Error(
      'BadDigest',
      what === 'MD5'
        ? 'The Content-MD5 you specified did not match what we received.'
        : `The ${what} you specified did not match the calculated checksum.`,
    ),
  invalidDigest: () => s3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.'),
  invalidRange: (range: string, size: number) =>
    s3Error('InvalidRange', 'The requested range is not satisfiable', {
      status: 416,
      members: { RangeRequested: range, ActualObjectSize: size },
    }),
  preconditionFailed: (condition: string) =>
    s3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      status: 412,
      members: { Condition: condition },
    }),
  notModified: () => s3Error('NotModified', 'Not Modified', { status: 304 }),
  malformedXml: () =>
    s3Error(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    ),
  invalidToken: () => s3Error('InvalidArgument', 'The continuation token provided is incorrect'),
  invalidArgument: (message: string) => s3Error('InvalidArgument', message),
  noSuchTagSet: () => s3Error('NoSuchTagSet', 'The TagSet does not exist', { status: 404 }),
  invalidTag: (message: string) => s3Error('InvalidTag', message),
  keyTooLong: () => s3Error('KeyTooLongError', 'Your key is too long'),
  metadataTooLarge: () =>
    s3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size'),
  invalidStorageClass: () => s3Error('InvalidStorageClass', 'The storage class you specified is not valid'),
  accessDenied: () => s3Error('AccessDenied', 'Access Denied', { status: 403 }),
  copyToItself: () =>
    s3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    ),
  unsupported: (what: string) =>
    s3Error(
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: ${what}`,
      {
        status: 501,
      },
    ),
} as const;
