import type { S3Object } from '../../domain/s3.ts';
import { pageToken, readPageToken } from '../../lib/pagination.ts';
import { type Listing, listObjects } from '../../records/s3.ts';
import type { ListObjectsRequest, ListObjectsV2Request } from '../../shapes/generated/s3.ts';
import type { Context } from '../operation.ts';
import { requireBucket } from './bucket-reference.ts';
import { s3Errors } from './errors.ts';
import type { S3Operation } from './operation-record.ts';
import { refuseMembers } from './unsupported.ts';

/** A page has at most this many keys and common prefixes. */
const PAGE_MAX_COUNT = 1000;

/** Lists a bucket by key, page by page. (S3-8) */
export const listObjectsV2: S3Operation<'ListObjectsV2'> = (context, input) => {
  const { StartAfter, ContinuationToken } = input;
  const after = tokenKey(ContinuationToken) ?? StartAfter ?? '';
  const listing = listed(context, input, after);
  const text = encoder(input.EncodingType);
  return {
    ...commonAnswer(input, listing),
    Contents: listing.objects.map((object) => ({
      ...entry(object, text),
      ...(input.FetchOwner === true ? { Owner: { ID: context.installation.accountId } } : {}),
    })),
    KeyCount: listing.objects.length + listing.commonPrefixes.length,
    ContinuationToken,
    NextContinuationToken: listing.last === undefined ? undefined : pageToken(listing.last),
    StartAfter: optional(StartAfter, text),
  };
};

/** The older form: a page goes on after a key that the caller names. (S3-8) */
export const listObjectsV1: S3Operation<'ListObjects'> = (context, input) => {
  const { Marker = '' } = input;
  const listing = listed(context, input, Marker);
  const text = encoder(input.EncodingType);
  return {
    ...commonAnswer(input, listing),
    Contents: listing.objects.map((object) => ({
      ...entry(object, text),
      Owner: { ID: context.installation.accountId },
    })),
    Marker: text(Marker),
    NextMarker: optional(listing.last, text),
  };
};

type ListRequest = ListObjectsRequest | ListObjectsV2Request;

function listed(context: Context, input: ListRequest, after: string): Listing {
  refuseMembers(input, ['OptionalObjectAttributes']);
  const { Bucket: bucket, Prefix: prefix = '', Delimiter: delimiter = '', MaxKeys = PAGE_MAX_COUNT } = input;
  if (MaxKeys < 0)
    throw s3Errors.invalidArgument('Argument maxKeys must be an integer between 0 and 2147483647');
  const maxCount = Math.min(MaxKeys, PAGE_MAX_COUNT);
  return context.store.read((tx) => {
    requireBucket(tx, context, input);
    return maxCount === 0
      ? { objects: [], commonPrefixes: [], last: undefined }
      : listObjects(tx, { bucket, prefix, delimiter, after, maxCount });
  });
}

function commonAnswer(input: ListRequest, listing: Listing) {
  const text = encoder(input.EncodingType);
  return {
    IsTruncated: listing.last !== undefined,
    Name: input.Bucket,
    Prefix: text(input.Prefix ?? ''),
    Delimiter: optional(input.Delimiter, text),
    MaxKeys: Math.min(input.MaxKeys ?? PAGE_MAX_COUNT, PAGE_MAX_COUNT),
    CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: text(prefix) })),
    EncodingType: input.EncodingType,
  };
}

const entry = (object: S3Object, text: (value: string) => string) => ({
  Key: text(object.key),
  LastModified: object.lastModified,
  ETag: object.etag,
  ChecksumAlgorithm: [object.checksum.algorithm],
  ChecksumType: 'FULL_OBJECT' as const,
  Size: object.size,
  StorageClass: 'STANDARD' as const,
});

/** Keys may hold what XML cannot carry; clients ask for them percent-encoded. */
function encoder(encodingType: string | undefined): (value: string) => string {
  if (encodingType === undefined) return (value) => value;
  if (encodingType !== 'url') throw s3Errors.invalidArgument('Invalid Encoding Method specified in Request');
  return (value) => encodeURIComponent(value.toWellFormed()).replaceAll('%2F', '/');
}

const optional = (value: string | undefined, text: (value: string) => string): string | undefined =>
  value === undefined ? undefined : text(value);

function tokenKey(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const key = readPageToken(token, 'InvalidArgument');
  if (key === undefined) throw s3Errors.invalidToken();
  return key;
}
