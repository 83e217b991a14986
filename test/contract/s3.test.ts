import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';

let gantry: TestGantry;
let s3: S3Client;
const Bucket = 'files';

const settingsOf = (accessKeyId = '', secretAccessKey = ''): S3ClientConfig => ({
  endpoint: gantry.endpointUrl,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey },
});
const rootSettings = () => settingsOf(gantry.env['AWS_ACCESS_KEY_ID'], gantry.env['AWS_SECRET_ACCESS_KEY']);

beforeAll(async () => {
  gantry = await startGantry({ args: ['--runtime', 'simulated', '--no-agent'] });
  s3 = new S3Client(rootSettings());
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => gantry?.stop());

const put = (Key: string, Body: string | Buffer = 'x') =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const text = async (Key: string): Promise<string | undefined> =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

describe('S3, through the AWS SDK', () => {
  test('[S3-1] buckets: names, place, listing, deletion', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'another-bucket' }));
    await s3.send(new CreateBucketCommand({ Bucket: 'another-bucket' }));
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['another-bucket', 'files']);
    expect(Buckets?.[0]?.CreationDate).toBeInstanceOf(Date);
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
    expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
    await s3.send(new DeleteBucketCommand({ Bucket: 'another-bucket' }));
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'another-bucket' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    for (const name of ['No', 'a_b', '1.2.3.4']) {
      await expect(s3.send(new CreateBucketCommand({ Bucket: name }))).rejects.toMatchObject({
        name: 'InvalidBucketName',
      });
    }
  });

  test('[S3-3] [S3-5] [S3-6] an object comes back with its bytes, headers, metadata, sums', async () => {
    const Body = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
    const Key = 'a dir/ключ+1&2?.bin';
    const made = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body,
        ContentType: 'application/x-thing',
        CacheControl: 'no-store',
        Metadata: { color: 'red' },
        Tagging: 'team=a&stage=b',
      }),
    );
    const md5 = createHash('md5').update(Body).digest('hex');
    expect(made.ETag).toBe(`"${md5}"`);
    expect(made.ChecksumCRC32).toBeDefined();
    const found = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect(found).toMatchObject({
      ContentType: 'application/x-thing',
      CacheControl: 'no-store',
      ContentLength: 1000,
      ETag: made.ETag,
      Metadata: { color: 'red' },
      TagCount: 2,
      ChecksumCRC32: made.ChecksumCRC32,
    });
    expect(found.LastModified).toBeInstanceOf(Date);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect([head.ContentLength, head.ContentType]).toEqual([1000, 'application/x-thing']);
    const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=10-19' }));
    expect(part.ContentRange).toBe('bytes 10-19/1000');
    expect([...((await part.Body?.transformToByteArray()) ?? [])]).toEqual([...Body.subarray(10, 20)]);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=1000-' }))).rejects.toMatchObject({
      name: 'InvalidRange',
    });
  });

  test('[S3-6] every sum that SDKs send is checked, also when the body is a stream', async () => {
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const Body = Readable.from([Buffer.from('one '), Buffer.from('two')]);
      await s3.send(new PutObjectCommand({ Bucket, Key: 'sum', Body, ContentLength: 7, ChecksumAlgorithm }));
      expect(await text('sum')).toBe('one two');
    }
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'one', ChecksumSHA256: 'AAAA' })),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(
      s3.send(
        new PutObjectCommand({ Bucket, Key: 'sum', Body: 'one', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }),
      ),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    expect(await text('sum')).toBe('one two');
  });

  test('[S3-4] [S3-5] conditions of writing and reading', async () => {
    const { ETag } = await put('cond', 'v1');
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'cond', Body: 'v2', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'cond', Body: 'v2', IfMatch: ETag }));
    expect(await text('cond')).toBe('v2');
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'cond', IfMatch: ETag }))).rejects.toMatchObject(
      {
        $metadata: { httpStatusCode: 412 },
      },
    );
    const now = await s3.send(new HeadObjectCommand({ Bucket, Key: 'cond' }));
    await expect(
      s3.send(new GetObjectCommand({ Bucket, Key: 'cond', IfNoneMatch: now.ETag })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  });

  test('[S3-8] listings: prefixes, delimiters, odd keys, page after page', async () => {
    const keys = ['l/a', 'l/b/1', 'l/b/2', 'l/c d+e&f', 'l/ü', 'l/z'];
    for (const key of keys) await put(key);
    const flat: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix: 'l/' })) {
      flat.push(...(page.Contents ?? []).map(({ Key }) => Key));
    }
    expect(flat).toEqual(keys.toSorted());
    const folders = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2 }),
    );
    expect([folders.Contents?.map(({ Key }) => Key), folders.CommonPrefixes, folders.IsTruncated]).toEqual([
      ['l/a'],
      [{ Prefix: 'l/b/' }],
      true,
    ]);
    const rest = await s3.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: 'l/',
        Delimiter: '/',
        ContinuationToken: folders.NextContinuationToken,
      }),
    );
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['l/c d+e&f', 'l/z', 'l/ü']);
    const old = await s3.send(
      new ListObjectsCommand({ Bucket, Prefix: 'l/', Marker: 'l/b/2', EncodingType: 'url' }),
    );
    expect(old.Contents?.map(({ Key }) => Key)).toEqual(['l/c%20d%2Be%26f', 'l/z', 'l/%C3%BC']);
  });

  test('[S3-4] [S3-7] copies, tags, deletions', async () => {
    await put('src', 'copied');
    const Tagging = { TagSet: [{ Key: 'a', Value: '<&>' }] };
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'src', Tagging }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'dst', CopySource: `${Bucket}/src` }));
    expect(await text('dst')).toBe('copied');
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'dst' }))).TagSet).toEqual(
      Tagging.TagSet,
    );
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'src' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'src' }));
    await expect(text('src')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    });
    const gone = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'dst' }, { Key: 'none' }] } }),
    );
    expect(gone.Deleted?.map(({ Key }) => Key)).toEqual(['dst', 'none']);
    await expect(text('dst')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('what is not there is named', async () => {
    await expect(s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'm' }))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('multipart'),
    });
    await expect(
      s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} })),
    ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('PutBucketWebsite') });
    await expect(
      s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: '', ServerSideEncryption: 'aws:kms' })),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'not-there' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
    });
  });

  test('[S3-2] the host may name the bucket', async () => {
    await put('v2/deep/key', 'by host');
    const byHost = new S3Client({
      ...rootSettings(),
      endpoint: `http://localhost:${gantry.port}`,
      requestHandler: {
        handle: (sent: Parameters<typeof throughLoopback>[0]) => throughLoopback(sent),
        // biome-ignore lint/suspicious/noExplicitAny: the SDK's own type asks for more than it uses
      } as any,
    });
    const found = await byHost.send(new GetObjectCommand({ Bucket, Key: 'v2/deep/key' }));
    expect(await found.Body?.transformToString()).toBe('by host');
  });

  test('[S3-10] a user does what its policy names', async () => {
    const iam = new IAMClient(rootSettings() as object);
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    const Statement = [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::files/open/*' },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::files',
        Condition: { StringLike: { 's3:prefix': 'open/*' } },
      },
    ];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    const ann = new S3Client(settingsOf(AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey));
    await put('open/a');
    await put('closed/a');
    await ann.send(new GetObjectCommand({ Bucket, Key: 'open/a' }));
    await ann.send(new ListObjectsV2Command({ Bucket, Prefix: 'open/' }));
    const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
    await expect(ann.send(new GetObjectCommand({ Bucket, Key: 'closed/a' }))).rejects.toMatchObject(denied);
    await expect(ann.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);
    await expect(ann.send(new PutObjectCommand({ Bucket, Key: 'open/a', Body: '' }))).rejects.toMatchObject(
      denied,
    );
    const stranger = new S3Client(settingsOf('AKIANOBODY', 'x'));
    await expect(stranger.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
  });

  test('[S3-9] objects outlive a restart', async () => {
    await put('kept', 'still here');
    await gantry.gantry(['down']);
    await gantry.up();
    expect(await text('kept')).toBe('still here');
  });
});

describe('S3, through the real command line', () => {
  test('[S3-3] [S3-8] cp, ls, rm and mb', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-s3-'));
    try {
      writeFileSync(join(folder, 'in.txt'), 'from a file\n');
      await gantry.aws(['s3', 'mb', 's3://cli-bucket']);
      await gantry.aws(['s3', 'cp', join(folder, 'in.txt'), 's3://cli-bucket/dir/in.txt']);
      expect(await gantry.aws(['s3', 'ls', 's3://cli-bucket/'])).toContain('PRE dir/');
      expect(await gantry.aws(['s3', 'ls', 's3://cli-bucket/dir/'])).toContain('12 in.txt');
      await gantry.aws(['s3', 'cp', 's3://cli-bucket/dir/in.txt', join(folder, 'out.txt')]);
      expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('from a file\n');
      await gantry.aws(['s3', 'rb', '--force', 's3://cli-bucket']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Sends what the SDK made for `<bucket>.localhost` to this machine, since not every resolver knows such names. */
function throughLoopback(sent: {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}): Promise<unknown> {
  const query = new URLSearchParams(sent.query).toString();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: gantry.port,
        method: sent.method,
        path: `${sent.path}${query === '' ? '' : `?${query}`}`,
        headers: sent.headers,
      },
      (incoming) =>
        resolve({
          response: { statusCode: incoming.statusCode, headers: incoming.headers, body: incoming },
        }),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
