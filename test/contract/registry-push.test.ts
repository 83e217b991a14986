import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  digestOf,
  errorOf,
  type Harness,
  manifestOf,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
} from './registry-harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startRegistry();
});
afterAll(() => harness.close());

const start = async (name = 'app'): Promise<string> => {
  const answer = await harness.call('POST', `/v2/${name}/blobs/uploads/`);
  expect(answer.status).toBe(202);
  return answer.headers.location ?? '';
};

describe('the 401 challenge', () => {
  test.each(['/v2/', '/v2', '/v2/app/manifests/v1'])(
    '[REG-1] %s asks for a password as ECR does',
    async (path) => {
      const answer = await harness.anonymous('GET', path);
      expect(answer.status).toBe(401);
      expect(answer.text).toBe('Not Authorized\n');
      expect(answer.headers).toMatchObject({
        'docker-distribution-api-version': 'registry/2.0',
        'www-authenticate': 'Basic realm="http://127.0.0.1:7070/",service="ecr.amazonaws.com"',
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '15',
      });
    },
  );

  test('[REG-1] takes user AWS with the password, whatever the case of the scheme', async () => {
    const login = (user: string, password: string) =>
      harness.anonymous('GET', '/v2/', {
        headers: { authorization: `bAsIc ${btoa(`${user}:${password}`)}` },
      });
    expect(await login('AWS', harness.password)).toMatchObject({ status: 200, text: '{}' });
    expect((await login('root', harness.password)).status).toBe(401);
    expect((await login('AWS', `${harness.password}x`)).status).toBe(401);
    expect((await login('AWS', '')).status).toBe(401);
  });
});

describe('blob uploads', () => {
  test('[REG-5] docker: POST, one chunked PATCH without a range, empty PUT', async () => {
    const parts = [Buffer.from('layer '), Buffer.from('from '), Buffer.from('docker')];
    const bytes = Buffer.concat(parts);
    const location = await start();
    const patched = await harness.call('PATCH', location, { body: parts });
    expect(patched).toMatchObject({ status: 202, headers: { range: `0-${bytes.length - 1}`, location } });
    const done = await harness.call('PUT', `${location}?digest=${digestOf(bytes)}`);
    expect(done).toMatchObject({
      status: 201,
      headers: {
        location: `/v2/app/blobs/${digestOf(bytes)}`,
        'docker-content-digest': digestOf(bytes),
        'content-length': '0',
      },
    });
    expect((await harness.call('GET', `/v2/app/blobs/${digestOf(bytes)}`)).text).toBe('layer from docker');
  });

  test('[REG-5] containerd: POST, one PUT with everything', async () => {
    const digest = await pushBlob(harness, 'app', Buffer.from('from containerd'));
    expect((await harness.call('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(200);
  });

  test('[REG-5] in one POST', async () => {
    const bytes = Buffer.from('at once');
    const done = await harness.call('POST', `/v2/app/blobs/uploads?digest=${digestOf(bytes)}`, {
      body: bytes,
    });
    expect(done.status).toBe(201);
    expect((await harness.call('GET', `/v2/app/blobs/${digestOf(bytes)}`)).text).toBe('at once');
  });

  test('[REG-5] in numbered parts; one out of order is refused and the upload goes on', async () => {
    const bytes = Buffer.from('0123456789');
    const location = await start();
    const part = (from: number, to: number) =>
      harness.call('PATCH', location, {
        headers: { 'content-range': `${from}-${to - 1}`, 'content-length': `${to - from}` },
        body: bytes.subarray(from, to),
      });
    expect((await part(0, 4)).headers.range).toBe('0-3');
    const late = await part(6, 10);
    expect(late).toMatchObject({ status: 416, headers: { range: '0-3', location } });
    const status = await harness.call('GET', location);
    expect(status).toMatchObject({ status: 204, headers: { range: '0-3', location } });
    expect((await part(4, 6)).status).toBe(202);
    const last = await harness.call('PUT', `${location}?digest=${digestOf(bytes)}`, {
      headers: { 'content-range': '6-9' },
      body: bytes.subarray(6),
    });
    expect(last.status).toBe(201);
  });

  test('[REG-5] a part whose length is not its range is refused', async () => {
    const location = await start();
    const answer = await harness.call('PATCH', location, {
      headers: { 'content-range': '0-9', 'content-length': '3' },
      body: 'abc',
    });
    expect(errorOf(answer)).toMatchObject({ status: 400, code: 'SIZE_INVALID' });
  });

  test('[REG-5] a wrong digest ends the upload', async () => {
    const location = await start();
    const wrong = await harness.call('PUT', `${location}?digest=${digestOf('other')}`, { body: 'bytes' });
    expect(errorOf(wrong)).toEqual({
      status: 400,
      code: 'DIGEST_INVALID',
      message: 'provided digest did not match uploaded content',
    });
    expect(errorOf(await harness.call('PATCH', location, { body: 'more' }))).toEqual({
      status: 404,
      code: 'BLOB_UPLOAD_UNKNOWN',
      message: 'blob upload unknown to registry',
    });
  });

  test('[REG-5] text that is no digest is refused and the upload goes on', async () => {
    const location = await start();
    for (const digest of ['', 'sha256:ABC', `md5:${'0'.repeat(32)}`]) {
      expect((await harness.call('PUT', `${location}?digest=${digest}`)).status).toBe(400);
    }
    expect((await harness.call('GET', location)).status).toBe(204);
  });

  test('[REG-5] cancelled: gone', async () => {
    const location = await start();
    expect((await harness.call('DELETE', location)).status).toBe(204);
    expect((await harness.call('GET', location)).status).toBe(404);
  });

  test.each([
    '/v2/app/blobs/uploads/nobody',
    '/v2/app/blobs/uploads/..%2F..%2Fetc',
    '/v2/base/blobs/uploads/',
  ])('[REG-5] an upload is known in its own repository under its own name: %s', async (path) => {
    const id = (await start()).split('/').pop();
    const answer = await harness.call('GET', path.endsWith('/') ? `${path}${id}` : path);
    expect(answer.status).toBe(404);
  });

  test('[REG-5] any cut of the bytes gives the same blob', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
    const patches = fc.array(fc.array(chunk, { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        patches,
        fc.option(chunk),
        fc.constantFrom('sha256', 'sha512'),
        async (cut, last, algorithm) => {
          const bytes = Buffer.concat([...cut.flat(), ...(last === null ? [] : [last])]);
          const digest = digestOf(bytes, algorithm);
          const location = await start();
          for (const chunks of cut)
            expect((await harness.call('PATCH', location, { body: chunks })).status).toBe(202);
          const done = await harness.call(
            'PUT',
            `${location}?digest=${digest}`,
            last === null ? {} : { body: last },
          );
          expect(done.status).toBe(201);
          const read = await harness.call('GET', `/v2/app/blobs/${digest}`);
          expect(read.body.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('mounts', () => {
  test('[REG-7] a blob of another repository is there without an upload', async () => {
    const digest = await pushBlob(harness, 'base', Buffer.from('base layer'));
    const answer = await harness.call('POST', `/v2/app/blobs/uploads/?mount=${digest}&from=base`);
    expect(answer).toMatchObject({ status: 201, headers: { location: `/v2/app/blobs/${digest}` } });
    expect((await harness.call('GET', `/v2/app/blobs/${digest}`)).text).toBe('base layer');
  });

  test('[REG-7] without a source any repository will do', async () => {
    const digest = await pushBlob(harness, 'base', Buffer.from('somewhere'));
    expect((await harness.call('POST', `/v2/app/blobs/uploads/?mount=${digest}`)).status).toBe(201);
  });

  test('[REG-7] what is not there, or may not be read, becomes an upload', async () => {
    const digest = await pushBlob(harness, 'base', Buffer.from('private'));
    const unknown = await harness.call(
      'POST',
      `/v2/app/blobs/uploads/?mount=${digestOf('nothing')}&from=base`,
    );
    expect(unknown.status).toBe(202);
    harness.denied.add('ecr:GetDownloadUrlForLayer');
    const denied = await harness.call('POST', `/v2/app/blobs/uploads/?mount=${digest}&from=base`);
    harness.denied.clear();
    expect(denied.status).toBe(202);
    expect((await harness.call('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(404);
  });
});

describe('manifests', () => {
  test('[REG-6] are kept to the byte under tag and digest', async () => {
    const { text, digest } = await pushImage(harness, 'app', { tag: 'v1', layers: ['one', 'two'] });
    for (const reference of ['v1', digest]) {
      expect(await harness.call('GET', `/v2/app/manifests/${reference}`)).toMatchObject({
        status: 200,
        text,
        headers: {
          'docker-content-digest': digest,
          'content-type': 'application/vnd.oci.image.manifest.v1+json',
          'content-length': `${Buffer.byteLength(text)}`,
        },
      });
    }
    const head = await harness.call('HEAD', '/v2/app/manifests/v1');
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'docker-content-digest': digest } });
  });

  test('[REG-3] [REG-6] each missing blob is named', async () => {
    const [here, gone] = [Buffer.from('here'), Buffer.from('gone')];
    await pushBlob(harness, 'app', here);
    const answer = await putManifest(harness, 'app', { reference: 'v2', text: manifestOf(here, [gone]) });
    expect(JSON.parse(answer.text)).toEqual({
      errors: [
        {
          code: 'MANIFEST_BLOB_UNKNOWN',
          message: 'blob unknown to registry',
          detail: { digest: digestOf(gone) },
        },
      ],
    });
    expect(answer.status).toBe(400);
  });

  test('[REG-3] [REG-4] nothing is pushed to a repository that does not exist', async () => {
    expect(errorOf(await harness.call('POST', '/v2/nowhere/blobs/uploads/'))).toEqual({
      status: 404,
      code: 'NAME_UNKNOWN',
      message: "The repository with name 'nowhere' does not exist in the registry with id '123456789012'",
    });
  });

  test('[REG-4] a refused step says why', async () => {
    harness.denied.add('ecr:InitiateLayerUpload');
    const answer = await harness.call('POST', '/v2/app/blobs/uploads/');
    harness.denied.clear();
    expect(errorOf(answer)).toEqual({
      status: 403,
      code: 'DENIED',
      message: 'User: x is not authorized to perform: ecr:InitiateLayerUpload',
    });
  });

  test('[REG-4] each step asks for its own right', async () => {
    harness.asked.length = 0;
    await pushImage(harness, 'app', { tag: 'rights', layers: ['rights'] });
    await harness.call('GET', '/v2/app/manifests/rights');
    expect(new Set(harness.asked)).toEqual(
      new Set(
        ['InitiateLayerUpload', 'CompleteLayerUpload', 'PutImage', 'BatchGetImage'].map(
          (action) => `ecr:${action} repository/app`,
        ),
      ),
    );
  });

  test.each([
    { name: 'no JSON', text: '{', code: 'MANIFEST_INVALID', status: 400 },
    { name: 'another type than it says', text: '{"mediaType":"x"}', code: 'MANIFEST_INVALID', status: 400 },
    { name: 'too large', text: ' '.repeat(4 * 1024 * 1024 + 1), code: 'MANIFEST_INVALID', status: 413 },
  ])('[REG-6] refused: $name', async ({ text, code, status }) => {
    expect(errorOf(await putManifest(harness, 'app', { reference: 'bad', text }))).toMatchObject({
      status,
      code,
    });
  });

  test('[REG-6] refused: an illegal tag, a digest of other bytes', async () => {
    const text = manifestOf(Buffer.from('c'), []);
    expect((await putManifest(harness, 'app', { reference: 'a+b', text })).status).toBe(400);
    const other = await putManifest(harness, 'app', { reference: digestOf('x'), text });
    expect(errorOf(other)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });
});
