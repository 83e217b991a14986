import { isImageTag, type ManifestFacts } from '../../domain/ecr.ts';
import { parseManifest } from '../../domain/image-manifest.ts';
import { digestOfTag, findImage, type PutImageResult, putImage as putRow } from '../../records/ecr-images.ts';
import type { PutImageRequest, PutImageResponse } from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { requireRepository } from './repository.ts';

/** ECR takes manifests up to this size. */
const MANIFEST_MAX_BYTES = 4 * 1024 * 1024;

/** Stores a manifest whose layers are there, under a tag or without. Used to give an image a further tag. (ECR-6) */
export const putImage: Operation<PutImageRequest, PutImageResponse> = async (context, input) => {
  const { store, clock, installation } = context;
  const { imageTag, imageManifest: text } = input;
  if (imageTag !== undefined && !isImageTag(imageTag)) {
    throw ecrErrors.invalidMember(
      'imageTag',
      'must satisfy regular expression [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}',
    );
  }
  const bytes = new TextEncoder().encode(text);
  const facts = readManifest(input, bytes.length);
  const digest = `sha256:${hex(await crypto.subtle.digest('SHA-256', bytes))}`;
  if (input.imageDigest !== undefined && input.imageDigest !== digest) {
    throw ecrErrors.imageDigestDoesNotMatch();
  }
  const tags = imageTag === undefined ? [] : [imageTag];
  const now = clock.now();
  const repositoryName = await store.write((tx) => {
    const repository = requireRepository(tx, installation, input);
    const imageId = { imageDigest: digest, imageTag };
    if (isThere(tx, repository.repositoryName, imageId)) {
      throw ecrErrors.imageAlreadyExists(imageId, repository.repositoryName, installation.accountId);
    }
    const request = { repository, digest, text, sizeBytes: bytes.length, facts, tags, now };
    const result = putRow(tx, request);
    if (result.kind === 'immutable-tag') throw ecrErrors.imageTagAlreadyExists(result.tag, repository);
    refuseMissing(result, repository.repositoryName);
    return repository.repositoryName;
  });
  return {
    image: {
      registryId: installation.accountId,
      repositoryName,
      imageId: { imageDigest: digest, imageTag },
      imageManifest: text,
      imageManifestMediaType: facts.mediaType,
    },
  };
};

function readManifest(input: PutImageRequest, sizeBytes: number): ManifestFacts {
  if (sizeBytes > MANIFEST_MAX_BYTES) {
    throw ecrErrors.invalidMember(
      'imageManifest',
      `must have length less than or equal to ${MANIFEST_MAX_BYTES}`,
    );
  }
  const parsed = parseManifest(input.imageManifest, input.imageManifestMediaType);
  if (parsed.kind === 'invalid') throw ecrErrors.invalidMember('imageManifest', parsed.reason);
  return parsed.facts;
}

/** The same manifest under the same tag, or already there when no tag is given. */
function isThere(
  tx: ReadTx,
  repositoryName: string,
  { imageDigest, imageTag }: { readonly imageDigest: string; readonly imageTag?: string | undefined },
): boolean {
  if (imageTag === undefined) return findImage(tx, repositoryName, imageDigest) !== undefined;
  return digestOfTag(tx, repositoryName, imageTag) === imageDigest;
}

function refuseMissing(result: PutImageResult, repositoryName: string): void {
  if (result.kind === 'missing-blobs') throw ecrErrors.layersNotFound(result.digests, repositoryName);
  if (result.kind === 'missing-children') {
    throw ecrErrors.referencedImagesNotFound(result.digests, repositoryName);
  }
}

const hex = (buffer: ArrayBuffer): string =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
