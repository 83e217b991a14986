import { beforeAll, describe, expect, test } from 'vitest';
import { loadTable } from '../shapes/tables.ts';
import { RestRouter } from './rest-route.ts';

let router: RestRouter;
beforeAll(async () => {
  router = new RestRouter(await loadTable('s3'), ['lab.example', 'localhost']);
});

function routed(line: string, headers: Readonly<Record<string, string>> = {}) {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', query = ''] = url.split('?');
  const found = router.route({
    method,
    path,
    query,
    headers: { host: '127.0.0.1:1', ...headers },
    body: Buffer.alloc(0),
  });
  return found && [found.operation.name, found.labels.Bucket, found.labels.Key];
}

describe('RestRouter', () => {
  test.each([
    ['GET /', ['ListBuckets', undefined, undefined]],
    ['GET /?x-id=ListBuckets', ['ListBuckets', undefined, undefined]],
    ['PUT /b', ['CreateBucket', 'b', undefined]],
    ['PUT /b/', ['CreateBucket', 'b', undefined]],
    ['GET /b', ['ListObjects', 'b', undefined]],
    ['GET /b?list-type=2&prefix=x', ['ListObjectsV2', 'b', undefined]],
    ['GET /b?location', ['GetBucketLocation', 'b', undefined]],
    ['GET /b?website', ['GetBucketWebsite', 'b', undefined]],
    ['HEAD /b', ['HeadBucket', 'b', undefined]],
    ['POST /b?delete', ['DeleteObjects', 'b', undefined]],
    ['GET /b/a/b%2Fc%20d', ['GetObject', 'b', 'a/b/c d']],
    ['GET /b/k?tagging', ['GetObjectTagging', 'b', 'k']],
    ['HEAD /b/k', ['HeadObject', 'b', 'k']],
    ['PUT /b/k?x-id=PutObject', ['PutObject', 'b', 'k']],
    ['PUT /b/k?partNumber=1&uploadId=u', ['UploadPart', 'b', 'k']],
    ['POST /b/k?uploads', ['CreateMultipartUpload', 'b', 'k']],
    ['DELETE /b/k', ['DeleteObject', 'b', 'k']],
    ['DELETE /b/k?uploadId=u', ['AbortMultipartUpload', 'b', 'k']],
    ['PATCH /b/k', undefined],
    ['GET /b/%E0', undefined],
  ])('[WIR-20] %s', (line, expected) => {
    expect(routed(line)).toEqual(expected);
  });

  test('[WIR-20] a header can make it another operation', () => {
    expect(routed('PUT /b/k', { 'x-amz-copy-source': 'b/x' })).toEqual(['CopyObject', 'b', 'k']);
  });

  test.each([
    ['b.localhost:7070', ['GetObject', 'b', 'x/y']],
    ['My.Bucket.lab.example', ['GetObject', 'my.bucket', 'x/y']],
    ['localhost:7070', ['GetObject', 'x', 'y']],
    ['b.other', ['GetObject', 'x', 'y']],
  ])('[S3-2] with the host %s', (host, expected) => {
    expect(routed('GET /x/y', { host })).toEqual(expected);
  });
});
