import type { Image, Repository } from '../../domain/ecr.ts';
import { ecrTexts } from '../../records/ecr.ts';
import { manifestText } from '../../records/ecr-images.ts';
import type {
  BatchGetImageRequest,
  BatchGetImageResponse,
  ImageFailure,
  ImageIdentifier,
  Image as ImageShape,
} from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { failed, resolveImage } from './image-identifier.ts';
import { requireRepository } from './repository.ts';

/**
 * The manifests of images, as they were pushed. Images that are not there, or whose type is not accepted, are failures;
 * the call itself succeeds. (ECR-5)
 */
export const batchGetImage: Operation<BatchGetImageRequest, BatchGetImageResponse> = (
  { store, installation },
  input,
) =>
  store.read((tx) => {
    const repository = requireRepository(tx, installation, input);
    const accepted = input.acceptedMediaTypes ?? [];
    const images: ImageShape[] = [];
    const failures: ImageFailure[] = [];
    for (const id of input.imageIds) {
      const found = accept(tx, repository, { id, accepted });
      if (found.kind === 'failed') failures.push(found.failure);
      else images.push(imageShape(tx, found.image, { id, registryId: installation.accountId }));
    }
    return { images, failures };
  });

function accept(
  tx: ReadTx,
  repository: Repository,
  wanted: { readonly id: ImageIdentifier; readonly accepted: readonly string[] },
): ReturnType<typeof resolveImage> {
  const { id, accepted } = wanted;
  const found = resolveImage(tx, repository, id);
  if (found.kind === 'failed' || accepted.length === 0) return found;
  return accepted.includes(found.image.facts.mediaType)
    ? found
    : failed(id, 'ImageNotFound', ecrTexts.imageNotFound);
}

function imageShape(
  tx: ReadTx,
  image: Image,
  { id, registryId }: { readonly id: ImageIdentifier; readonly registryId: string },
): ImageShape {
  return {
    registryId,
    repositoryName: image.repositoryName,
    imageId: { imageDigest: image.digest, imageTag: id.imageTag },
    imageManifest: manifestText(tx, image),
    imageManifestMediaType: image.facts.mediaType,
  };
}
