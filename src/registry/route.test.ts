import { describe, expect, test } from 'vitest';
import { readRoute } from './route.ts';

describe('readRoute', () => {
  test.each([
    ['/v2', { kind: 'base' }],
    ['/v2/', { kind: 'base' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/a/b/manifests/v1', { kind: 'manifest', name: 'a/b', target: 'v1' }],
    ['/v2/a/blobs/sha256:0', { kind: 'blob', name: 'a', target: 'sha256:0' }],
    ['/v2/a/blobs/uploads', { kind: 'uploads', name: 'a' }],
    ['/v2/a/blobs/uploads/', { kind: 'uploads', name: 'a' }],
    ['/v2/a/blobs/uploads/u1', { kind: 'upload', name: 'a', target: 'u1' }],
    ['/v2/a/tags/list', { kind: 'tags', name: 'a' }],
    ['/v2/a/referrers/sha256:0', { kind: 'referrers', name: 'a', target: 'sha256:0' }],
    ['/v2/a/blobs/b/manifests/v1', { kind: 'manifest', name: 'a/blobs/b', target: 'v1' }],
    ['/v2/a/manifests/b/blobs/uploads/u1', { kind: 'upload', name: 'a/manifests/b', target: 'u1' }],
    ['/v2/tags/list/tags/list', { kind: 'tags', name: 'tags/list' }],
    ['/v2/a', undefined],
    ['/v3/a/tags/list', undefined],
  ])('[REG-2] %s', (path, route) => {
    expect(readRoute(path)).toEqual(route);
  });
});
