import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseManifest } from './image-manifest.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const descriptor = (digit: string, members: object = {}) => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digest(digit),
  size: 10,
  ...members,
});
const manifest = (members: object = {}): string =>
  JSON.stringify({ schemaVersion: 2, config: descriptor('c'), layers: [descriptor('1')], ...members });

describe('parseManifest', () => {
  test('[REG-6] an OCI manifest need not state its type', () => {
    expect(parseManifest(manifest(), `${MANIFEST}; charset=utf-8`)).toMatchObject({
      kind: 'manifest',
      facts: { mediaType: MANIFEST, blobDigests: [digest('c'), digest('1')], contentBytes: 20 },
    });
  });

  test.each([
    ['no type at all', manifest(), undefined],
    ['two types', manifest({ mediaType: MANIFEST }), 'application/vnd.oci.image.index.v1+json'],
    ['schema 1', manifest(), 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['no config', manifest({ config: undefined }), MANIFEST],
    ['layers that are no list', manifest({ layers: {} }), MANIFEST],
    ['upper-case digest', manifest({ layers: [descriptor('A')] }), MANIFEST],
    ['negative size', manifest({ layers: [descriptor('1', { size: -1 })] }), MANIFEST],
    ['a subject that is no descriptor', manifest({ subject: 'x' }), MANIFEST],
    ['an array', '[]', MANIFEST],
  ])('[REG-6] refused: %s', (_name, text, type) => {
    expect(parseManifest(text, type).kind).toBe('invalid');
  });

  test('[REG-6] layers of elsewhere count for the size and are not required', () => {
    const layers = [descriptor('1', { urls: ['https://example.org/layer'] }), descriptor('2')];
    expect(parseManifest(manifest({ layers }), MANIFEST)).toMatchObject({
      facts: { blobDigests: [digest('c'), digest('2')], contentBytes: 30 },
    });
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['manifest', 'invalid']).toContain(parseManifest(text, MANIFEST).kind);
      }),
    );
  });
});
