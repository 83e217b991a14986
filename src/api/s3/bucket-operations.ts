import { s3Arn } from '../../domain/s3.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { buckets, s3Objects } from '../../records/s3.ts';
import { requireBucket } from './bucket-reference.ts';
import { s3Errors } from './errors.ts';
import type { S3Operation } from './operation-record.ts';
import { refuseMembers } from './unsupported.ts';

const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)(?!.*\.\.)(?!.*-s3alias$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** The Region in which a bucket that is made again is no error. */
const FIRST_REGION = 'us-east-1';
const PAGE_MAX_COUNT = 10_000;

/** Makes a bucket in the installation's Region. (S3-1) */
export const createBucket: S3Operation<'CreateBucket'> = (context, input) => {
  const { clock, installation, store } = context;
  refuseMembers(input, ['GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWrite', 'GrantWriteACP']);
  if ((input.ACL ?? 'private') !== 'private') throw s3Errors.unsupported('x-amz-acl');
  if (input.ObjectLockEnabledForBucket === true)
    throw s3Errors.unsupported('x-amz-bucket-object-lock-enabled');
  if ((input.ObjectOwnership ?? 'BucketOwnerEnforced') !== 'BucketOwnerEnforced') {
    throw s3Errors.unsupported('x-amz-object-ownership');
  }
  if (!NAME.test(input.Bucket)) throw s3Errors.invalidBucketName(input.Bucket);
  checkLocation(input.CreateBucketConfiguration ?? {}, installation.region);
  return store.write((tx) => {
    if (tx.get(buckets, input.Bucket) === undefined) {
      tx.put(buckets, { name: input.Bucket, createdAt: clock.now() });
    } else if (installation.region !== FIRST_REGION) throw s3Errors.bucketExists(input.Bucket);
    return { Location: `/${input.Bucket}`, BucketArn: s3Arn(input.Bucket) };
  });
};

function checkLocation(
  configuration: {
    readonly LocationConstraint?: string | undefined;
    readonly Location?: object | undefined;
    readonly Bucket?: object | undefined;
    readonly Tags?: readonly unknown[] | undefined;
  },
  region: string,
): void {
  const { LocationConstraint: constraint, Location, Bucket, Tags = [] } = configuration;
  if (Location !== undefined || Bucket !== undefined || Tags.length > 0) {
    throw s3Errors.unsupported('CreateBucketConfiguration beside LocationConstraint');
  }
  const wanted = constraint ?? FIRST_REGION;
  if (wanted !== region) throw s3Errors.location(constraint ?? 'unspecified');
}

/** Deletes a bucket that holds nothing. (S3-1) */
export const deleteBucket: S3Operation<'DeleteBucket'> = (context, input) =>
  context.store.write((tx) => {
    requireBucket(tx, context, input);
    if (tx.count(s3Objects, 'bucket', input.Bucket) > 0) throw s3Errors.bucketNotEmpty(input.Bucket);
    tx.delete(buckets, input.Bucket);
    return {};
  });

/** Says whether a bucket is there. */
export const headBucket: S3Operation<'HeadBucket'> = (context, input) =>
  context.store.read((tx) => {
    requireBucket(tx, context, input);
    return { BucketRegion: context.installation.region, BucketArn: s3Arn(input.Bucket) };
  });

/** The Region of a bucket; empty for us-east-1, as ever. */
export const getBucketLocation: S3Operation<'GetBucketLocation'> = (context, input) =>
  context.store.read((tx) => {
    requireBucket(tx, context, input);
    const { region } = context.installation;
    return { LocationConstraint: (region === FIRST_REGION ? '' : region) as never };
  });

/** Lists the buckets by name. */
export const listBuckets: S3Operation<'ListBuckets'> = ({ store, installation }, input) =>
  store.read((tx) => {
    const { Prefix = '', MaxBuckets: size = PAGE_MAX_COUNT, BucketRegion = installation.region } = input;
    const after = readPageToken(input.ContinuationToken, 'InvalidArgument');
    const rows =
      BucketRegion === installation.region
        ? tx.all(buckets, { after }).filter(({ name }) => name.startsWith(Prefix))
        : [];
    const page = pageOf(rows.slice(0, size + 1), size, ({ name }) => name);
    return {
      Buckets: page.rows.map(({ name, createdAt }) => ({
        Name: name,
        CreationDate: createdAt,
        BucketRegion: installation.region,
      })),
      Owner: { ID: installation.accountId },
      ContinuationToken: page.nextToken,
      Prefix: input.Prefix,
    };
  });
