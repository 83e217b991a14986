import type { Image, Repository } from '../../domain/ecr.ts';
import { imageTags, inRepository } from '../../records/ecr.ts';
import { deleteImage, parentsOf, tagsOf } from '../../records/ecr-images.ts';
import type {
  BatchDeleteImageRequest,
  BatchDeleteImageResponse,
  ImageFailure,
  ImageIdentifier,
} from '../../shapes/generated/ecr.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { failed, resolveImage } from './image-identifier.ts';
import { imageIdsOf } from './list-images.ts';
import { requireRepository } from './repository.ts';

/**
 * Deletes images. By tag only the tag goes, and the image with its last one; by digest the image and all its tags.
 * A child of an index that stays is a failure. (ECR-5)
 */
export const batchDeleteImage: Operation<BatchDeleteImageRequest, BatchDeleteImageResponse> = (
  { store, installation },
  input,
) =>
  store.write((tx) => {
    const repository = requireRepository(tx, installation, input);
    const imageIds: ImageIdentifier[] = [];
    let pending = input.imageIds;
    for (;;) {
      // An index may come after its children in the request, so what it held back is tried again once it is gone.
      const round = deleteOnce(tx, repository, pending);
      imageIds.push(...round.imageIds);
      pending = round.failures.flatMap(({ imageId }) => (imageId === undefined ? [] : [imageId]));
      if (round.imageIds.length === 0) return { imageIds, failures: round.failures };
    }
  });

interface Round {
  readonly imageIds: readonly ImageIdentifier[];
  readonly failures: readonly ImageFailure[];
}

function deleteOnce(tx: WriteTx, repository: Repository, ids: readonly ImageIdentifier[]): Round {
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const id of ids) {
    const found = resolveImage(tx, repository, id);
    const result = found.kind === 'failed' ? found : deleteOne(tx, found.image, id);
    if (result.kind === 'failed') failures.push(result.failure);
    else imageIds.push(...result.imageIds);
  }
  return { imageIds, failures };
}

type Deletion =
  | { readonly kind: 'deleted'; readonly imageIds: readonly ImageIdentifier[] }
  | ReturnType<typeof failed>;

function deleteOne(tx: WriteTx, image: Image, id: ImageIdentifier): Deletion {
  const tags = tagsOf(tx, image);
  if (id.imageTag !== undefined && id.imageDigest === undefined && tags.length > 1) {
    tx.delete(imageTags, inRepository(image.repositoryName, id.imageTag));
    return { kind: 'deleted', imageIds: [{ imageDigest: image.digest, imageTag: id.imageTag }] };
  }
  const parents = parentsOf(tx, image).map(({ digest }) => digest);
  if (parents.length > 0) {
    const reason = `Requested image referenced by manifest list: [${parents.join(', ')}]`;
    return failed(id, 'ImageReferencedByManifestList', reason);
  }
  deleteImage(tx, image);
  return { kind: 'deleted', imageIds: imageIdsOf({ image, tags }) };
}
