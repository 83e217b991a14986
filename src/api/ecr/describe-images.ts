import type { Repository } from '../../domain/ecr.ts';
import { refuse } from '../../lib/service-error.ts';
import { tagsOf } from '../../records/ecr-images.ts';
import type {
  DescribeImagesRequest,
  DescribeImagesResponse,
  ImageDetail,
} from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { resolveImage } from './image-identifier.ts';
import { hasStatus, hasTagStatus, pageOfImages, type TaggedImage } from './image-listing.ts';
import { requireRepository } from './repository.ts';

/** Tells of named images, all of which must exist, or of a page of those that the filter takes. (ECR-4) */
export const describeImages: Operation<DescribeImagesRequest, DescribeImagesResponse> = (context, input) => {
  const { store, installation } = context;
  return store.read((tx) => {
    const repository = requireRepository(tx, installation, input);
    return input.imageIds === undefined
      ? describePage(context, { tx, repository }, input)
      : describeNamed(context, { tx, repository }, input);
  });
};

interface Scope {
  readonly tx: ReadTx;
  readonly repository: Repository;
}

function describeNamed(
  { installation }: Context,
  { tx, repository }: Scope,
  { imageIds = [], nextToken, maxResults, filter }: DescribeImagesRequest,
): DescribeImagesResponse {
  const { accountId } = installation;
  if (nextToken !== undefined || maxResults !== undefined || filter !== undefined) {
    throw ecrErrors.invalid('nextToken, maxResults and filter cannot be used together with imageIds.');
  }
  const named = new Map<string, TaggedImage>();
  for (const id of imageIds) {
    const found = resolveImage(tx, repository, id);
    const image =
      found.kind === 'found'
        ? found.image
        : refuse(ecrErrors.imageNotFound(id, repository.repositoryName, accountId));
    named.set(image.digest, { image, tags: tagsOf(tx, image) });
  }
  return { imageDetails: [...named.values()].map((entry) => imageDetail(accountId, entry)) };
}

function describePage(
  { installation }: Context,
  { tx, repository }: Scope,
  { maxResults, nextToken, filter }: DescribeImagesRequest,
): DescribeImagesResponse {
  const page = pageOfImages(
    { tx, repositoryName: repository.repositoryName, page: { maxResults, nextToken } },
    (entry) => (hasTagStatus(entry.tags, filter?.tagStatus) && hasStatus(filter?.imageStatus) ? [entry] : []),
    ({ image }) => image.digest,
  );
  return {
    imageDetails: page.rows.map((entry) => imageDetail(installation.accountId, entry)),
    nextToken: page.nextToken,
  };
}

function imageDetail(registryId: string, { image, tags }: TaggedImage): ImageDetail {
  const { facts } = image;
  return {
    registryId,
    repositoryName: image.repositoryName,
    imageDigest: image.digest,
    imageTags: tags.length === 0 ? undefined : tags,
    imageSizeInBytes: image.imageBytes,
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: facts.mediaType,
    artifactMediaType: facts.artifactType,
    lastRecordedPullTime: image.lastPulledAt,
    subjectManifestDigest: facts.subjectDigest,
    imageStatus: 'ACTIVE',
  };
}
