import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchDeleteImage } from '../../src/api/ecr/batch-delete-image.ts';
import { describeImages } from '../../src/api/ecr/describe-images.ts';
import { listImages } from '../../src/api/ecr/list-images.ts';
import { putImageTagMutability } from '../../src/api/ecr/put-image-tag-mutability.ts';
import { roles } from '../../src/records/collections.ts';
import { issueRegistryToken, registryPassword } from '../../src/records/ecr.ts';
import { createSession } from '../../src/records/identity.ts';
import {
  DOCKER_MANIFEST,
  descriptor,
  digestOf,
  errorOf,
  type Harness,
  indexOf,
  manifestOf,
  OCI_INDEX,
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

describe('reading blobs', () => {
  test.each([
    { range: 'bytes=2-4', status: 206, text: '234', contentRange: 'bytes 2-4/10' },
    { range: 'bytes=7-', status: 206, text: '789', contentRange: 'bytes 7-9/10' },
    { range: 'bytes=-3', status: 206, text: '789', contentRange: 'bytes 7-9/10' },
    { range: 'bytes=8-99', status: 206, text: '89', contentRange: 'bytes 8-9/10' },
    { range: 'bytes=0-1,4-5', status: 200, text: '0123456789', contentRange: undefined },
    { range: 'lines=1-2', status: 200, text: '0123456789', contentRange: undefined },
  ])('[REG-8] $range', async ({ range, status, text, contentRange }) => {
    const digest = await pushBlob(harness, 'app', Buffer.from('0123456789'));
    const answer = await harness.call('GET', `/v2/app/blobs/${digest}`, { headers: { range } });
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers['content-range']).toBe(contentRange);
    expect(answer.headers['content-length']).toBe(`${text.length}`);
  });

  test('[REG-8] a range after the end is refused', async () => {
    const digest = await pushBlob(harness, 'app', Buffer.from('0123456789'));
    const answer = await harness.call('GET', `/v2/app/blobs/${digest}`, { headers: { range: 'bytes=10-' } });
    expect(answer.status).toBe(416);
    expect(answer.headers['content-range']).toBe('bytes */10');
  });

  test('[REG-8] HEAD tells the size; other repositories do not have the blob', async () => {
    const digest = await pushBlob(harness, 'app', Buffer.from('0123456789'));
    expect(await harness.call('HEAD', `/v2/app/blobs/${digest}`)).toMatchObject({
      status: 200,
      headers: { 'content-length': '10', 'docker-content-digest': digest, 'accept-ranges': 'bytes' },
    });
    expect(errorOf(await harness.call('GET', `/v2/base/blobs/${digest}`))).toEqual({
      status: 404,
      code: 'BLOB_UNKNOWN',
      message: 'blob unknown to registry',
    });
  });

  test('[REG-8] a deleted blob is gone from its repository alone', async () => {
    const digest = await pushBlob(harness, 'app', Buffer.from('shared'));
    await pushBlob(harness, 'base', Buffer.from('shared'));
    expect((await harness.call('DELETE', `/v2/app/blobs/${digest}`)).status).toBe(202);
    expect((await harness.call('DELETE', `/v2/app/blobs/${digest}`)).status).toBe(404);
    expect((await harness.call('GET', `/v2/base/blobs/${digest}`)).text).toBe('shared');
  });
});

describe('reading manifests', () => {
  test("[REG-3] an unknown tag is unknown in ECR's words", async () => {
    expect(errorOf(await harness.call('GET', '/v2/app/manifests/nobody'))).toEqual({
      status: 404,
      code: 'MANIFEST_UNKNOWN',
      message: 'Requested image not found',
    });
  });

  test('[REG-6] Docker types come back as they went in', async () => {
    const config = Buffer.from('docker config');
    await pushBlob(harness, 'app', config);
    const text = manifestOf(config, [], { mediaType: DOCKER_MANIFEST });
    await putManifest(harness, 'app', { reference: 'docker', text, mediaType: DOCKER_MANIFEST });
    const answer = await harness.call('GET', '/v2/app/manifests/docker', { headers: { accept: '*/*' } });
    expect(answer.headers['content-type']).toBe(DOCKER_MANIFEST);
  });

  test('[REG-6] an image that is known by its digest is not sent again', async () => {
    const { digest } = await pushImage(harness, 'app', { tag: 'cached', layers: ['cached'] });
    const headers = { 'if-none-match': `"${digest}"` };
    expect((await harness.call('GET', '/v2/app/manifests/cached', { headers })).status).toBe(304);
  });

  test('[REG-6] layers that are kept elsewhere need not be here', async () => {
    const config = Buffer.from('windows');
    await pushBlob(harness, 'app', config);
    const foreign = {
      ...descriptor('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('w')),
    };
    const text = JSON.stringify({ ...JSON.parse(manifestOf(config, [])), layers: [foreign] });
    expect((await putManifest(harness, 'app', { reference: 'windows', text })).status).toBe(201);
  });

  test('[ECR-8] a pull is noted once a day, a HEAD never', async () => {
    const { digest } = await pushImage(harness, 'app', { tag: 'pulled', layers: ['pulled'] });
    const lastPull = async () => {
      const imageIds = [{ imageDigest: digest }];
      const { imageDetails } = await describeImages(harness.context, { repositoryName: 'app', imageIds });
      return imageDetails?.[0]?.lastRecordedPullTime;
    };
    await harness.call('HEAD', '/v2/app/manifests/pulled');
    expect(await lastPull()).toBeUndefined();
    await harness.call('GET', '/v2/app/manifests/pulled');
    const first = harness.context.clock.now();
    harness.context.clock.advance(3_600_000);
    await harness.call('GET', '/v2/app/manifests/pulled');
    expect(await lastPull()).toBe(first);
  });
});

describe('indexes', () => {
  test('[REG-6] need their children and outlive them in the registry', async () => {
    const child = await pushImage(harness, 'app', { tag: 'amd64', layers: ['amd64'] });
    const missing = indexOf([child.text, '{}']);
    const refused = await putManifest(harness, 'app', {
      reference: 'multi',
      text: missing,
      mediaType: OCI_INDEX,
    });
    expect(errorOf(refused)).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    const text = indexOf([child.text]);
    const stored = await putManifest(harness, 'app', { reference: 'multi', text, mediaType: OCI_INDEX });
    expect(stored.status).toBe(201);
    expect((await harness.call('GET', '/v2/app/manifests/multi')).headers['content-type']).toBe(OCI_INDEX);
    const { failures } = await batchDeleteImage(harness.context, {
      repositoryName: 'app',
      imageIds: [{ imageDigest: child.digest }],
    });
    expect(failures?.[0]?.failureCode).toBe('ImageReferencedByManifestList');
  });
});

describe('deleting manifests', () => {
  test('[REG-6] a tag goes alone, a digest with its tags', async () => {
    const { digest } = await pushImage(harness, 'app', { tag: 'd1', layers: ['delete'] });
    await pushImage(harness, 'app', { tag: 'd2', layers: ['delete'] });
    expect((await harness.call('DELETE', '/v2/app/manifests/d1')).status).toBe(202);
    expect((await harness.call('GET', '/v2/app/manifests/d1')).status).toBe(404);
    expect((await harness.call('GET', `/v2/app/manifests/${digest}`)).status).toBe(200);
    expect((await harness.call('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202);
    expect((await harness.call('GET', '/v2/app/manifests/d2')).status).toBe(404);
    expect((await harness.call('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(404);
  });
});

describe('tags', () => {
  test('[REG-11] in byte order, page by page', async () => {
    for (const tag of ['b', 'B', 'a', '1']) await pushImage(harness, 'base', { tag, layers: ['tags'] });
    const first = await harness.call('GET', '/v2/base/tags/list?n=3');
    expect(JSON.parse(first.text)).toEqual({ name: 'base', tags: ['1', 'B', 'a'] });
    expect(first.headers['link']).toBe('</v2/base/tags/list?n=3&last=a>; rel="next"');
    const second = await harness.call('GET', '/v2/base/tags/list?n=3&last=a');
    expect(JSON.parse(second.text)).toEqual({ name: 'base', tags: ['b'] });
    expect(second.headers['link']).toBeUndefined();
    const none = await harness.call('GET', '/v2/base/tags/list?n=0');
    expect(JSON.parse(none.text)).toEqual({ name: 'base', tags: [] });
    expect(errorOf(await harness.call('GET', '/v2/base/tags/list?n=-1')).code).toBe(
      'PAGINATION_NUMBER_INVALID',
    );
  });

  test('[ECR-7] an immutable one cannot be pushed again, not even the same image', async () => {
    const { text } = await pushImage(harness, 'base', { tag: 'fixed', layers: ['fixed'] });
    const mutability = (imageTagMutability: 'IMMUTABLE' | 'MUTABLE') =>
      putImageTagMutability(harness.context, { repositoryName: 'base', imageTagMutability });
    await mutability('IMMUTABLE');
    const again = await putManifest(harness, 'base', { reference: 'fixed', text });
    await mutability('MUTABLE');
    expect(errorOf(again)).toEqual({
      status: 400,
      code: 'TAG_INVALID',
      message:
        "The image tag 'fixed' already exists in the 'base' repository and cannot be overwritten because the repository is immutable.",
    });
  });

  test('[ECR-4] what was pushed is what the API lists', async () => {
    const { digest } = await pushImage(harness, 'base', { tag: 'listed', layers: ['listed'] });
    const { imageIds } = await listImages(harness.context, {
      repositoryName: 'base',
      filter: { tagStatus: 'TAGGED' },
    });
    expect(imageIds).toContainEqual({ imageDigest: digest, imageTag: 'listed' });
  });
});

describe('referrers', () => {
  test('[REG-12] are listed for a subject, and filtered by type', async () => {
    const image = await pushImage(harness, 'app', { tag: 'signed', layers: ['signed'] });
    const subject = descriptor('application/vnd.oci.image.manifest.v1+json', Buffer.from(image.text));
    const members = { subject, artifactType: 'application/x-signature', annotations: { by: 'me' } };
    const { text, digest } = await pushImage(harness, 'app', { tag: 'signature', layers: ['sig'], members });
    const put = await putManifest(harness, 'app', { reference: 'signature', text });
    expect(put.headers['oci-subject']).toBe(image.digest);
    const listed = await harness.call('GET', `/v2/app/referrers/${image.digest}`);
    expect(listed.headers['content-type']).toBe(OCI_INDEX);
    expect(JSON.parse(listed.text).manifests).toEqual([
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest,
        size: Buffer.byteLength(text),
        artifactType: 'application/x-signature',
        annotations: { by: 'me' },
      },
    ]);
    const other = await harness.call('GET', `/v2/app/referrers/${image.digest}?artifactType=other`);
    expect(other.headers['oci-filters-applied']).toBe('artifactType');
    expect(JSON.parse(other.text).manifests).toEqual([]);
  });

  test('[REG-12] an unknown subject has none; text that is no digest is refused', async () => {
    const none = await harness.call('GET', `/v2/app/referrers/${digestOf('nothing')}`);
    expect(none.status).toBe(200);
    expect(JSON.parse(none.text).manifests).toEqual([]);
    expect((await harness.call('GET', '/v2/app/referrers/latest')).status).toBe(400);
  });
});

describe('paths', () => {
  test.each([
    { method: 'GET', path: '/v2/_catalog', status: 405 },
    { method: 'POST', path: '/v2/app/manifests/v1', status: 405 },
    { method: 'GET', path: '/v2/App/tags/list', status: 400 },
    { method: 'GET', path: '/v2/app/nothing', status: 404 },
    { method: 'GET', path: '/v2/%zz/tags/list', status: 400 },
  ])('[REG-2] $method $path → $status', async ({ method, path, status }) => {
    expect((await harness.call(method, path)).status).toBe(status);
  });
});

describe('passwords', () => {
  const login = (password: string) =>
    harness.anonymous('GET', '/v2/', { headers: { authorization: `Basic ${btoa(`AWS:${password}`)}` } });

  test('[ECR-3] a session of a role has one that ends with the session', async () => {
    const { store, clock, ids } = harness.context;
    const now = clock.now();
    const password = await store.write((tx) => {
      const role = {
        roleName: 'execution',
        roleId: 'AROAAAAAAAAAAAAAAAAAA',
        arn: 'arn:aws:iam::123456789012:role/execution',
        path: '/',
        createdAt: now,
        maxSessionDurationSeconds: 3600,
        assumeRolePolicyDocument: '{}',
        inlinePolicies: {},
        attachedPolicyArns: [],
        tags: [],
      };
      tx.put(roles, role);
      const { accessKeyId } = createSession(tx, {
        role,
        sessionName: 'task',
        durationSeconds: 900,
        ids,
        now,
      });
      return registryPassword(issueRegistryToken(tx, { accessKeyId, ids, now }));
    });
    expect((await login(password)).status).toBe(200);
    clock.advance(899_999);
    expect((await login(password)).status).toBe(200);
    clock.advance(1);
    const expired = await login(password);
    expect(errorOf(expired)).toEqual({
      status: 403,
      code: 'DENIED',
      message: 'Your authorization token has expired. Reauthenticate and try again.',
    });
  });
});
