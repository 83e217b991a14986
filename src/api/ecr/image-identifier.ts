import { type Image, isDigest, isImageTag, type Repository } from '../../domain/ecr.ts';
import { ecrTexts } from '../../records/ecr.ts';
import { digestOfTag, findImage } from '../../records/ecr-images.ts';
import type { ImageFailure, ImageFailureCode, ImageIdentifier } from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';

/** The image that an identifier names, or why there is none. */
export type ResolvedImage =
  | { readonly kind: 'found'; readonly image: Image }
  | { readonly kind: 'failed'; readonly failure: ImageFailure };

/** Finds an image by tag, by digest, or by both, which must then belong together. (ECR-5) */
export function resolveImage(tx: ReadTx, { repositoryName }: Repository, id: ImageIdentifier): ResolvedImage {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined && imageTag === undefined) {
    return failed(
      id,
      'MissingDigestAndTag',
      'Invalid request parameters: both tag and digest cannot be null',
    );
  }
  if (imageDigest !== undefined && !isDigest(imageDigest)) {
    return failed(
      id,
      'InvalidImageDigest',
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    );
  }
  if (imageTag !== undefined && !isImageTag(imageTag)) {
    return failed(id, 'InvalidImageTag', 'Invalid request parameters: image tag is not valid');
  }
  const tagged = imageTag === undefined ? imageDigest : digestOfTag(tx, repositoryName, imageTag);
  const image = tagged === undefined ? undefined : findImage(tx, repositoryName, imageDigest ?? tagged);
  if (image === undefined) return failed(id, 'ImageNotFound', ecrTexts.imageNotFound);
  if (image.digest !== tagged) {
    return failed(
      id,
      'ImageTagDoesNotMatchDigest',
      'Invalid request parameters: image tag does not match image digest',
    );
  }
  return { kind: 'found', image };
}

/** One entry of `failures[]`. */
export const failed = (
  imageId: ImageIdentifier,
  failureCode: ImageFailureCode,
  failureReason: string,
): { readonly kind: 'failed'; readonly failure: ImageFailure } => ({
  kind: 'failed',
  failure: { imageId, failureCode, failureReason },
});
