import type { ImageIdentifier, ListImagesRequest, ListImagesResponse } from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { hasStatus, hasTagStatus, pageOfImages, type TaggedImage } from './image-listing.ts';
import { requireRepository } from './repository.ts';

/** One row for each tag of an image, and one without a tag for an image that has none. (ECR-4) */
export const listImages: Operation<ListImagesRequest, ListImagesResponse> = (
  { store, installation },
  input,
) => {
  const page = store.read((tx) => {
    const { repositoryName } = requireRepository(tx, installation, input);
    const { maxResults, nextToken, filter } = input;
    return pageOfImages(
      { tx, repositoryName, page: { maxResults, nextToken } },
      (entry) => (isAskedFor(entry, filter) ? imageIdsOf(entry) : []),
      (row) => `${row.imageDigest} ${row.imageTag ?? ''}`,
    );
  });
  return { imageIds: page.rows, nextToken: page.nextToken };
};

const isAskedFor = ({ tags }: TaggedImage, filter: ListImagesRequest['filter']): boolean =>
  hasTagStatus(tags, filter?.tagStatus) && hasStatus(filter?.imageStatus);

/** How an image is named in answers: once for each tag. */
export function imageIdsOf({ image, tags }: TaggedImage): readonly ImageIdentifier[] {
  if (tags.length === 0) return [{ imageDigest: image.digest }];
  return tags.map((imageTag) => ({ imageDigest: image.digest, imageTag }));
}
