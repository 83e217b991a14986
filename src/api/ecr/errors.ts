import type { Repository } from '../../domain/ecr.ts';
import { clientError, type ServiceError } from '../../lib/service-error.ts';
import { ecrTexts } from '../../records/ecr.ts';
import type { ImageIdentifier } from '../../shapes/generated/ecr.ts';

/** Names an image as ECR's messages do: an absent member is printed `null`. */
const imageIdText = (id: ImageIdentifier): string =>
  `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;

/** The errors of ECR with the texts of the service. All of them are HTTP 400. (ECR-9) */
export const ecrErrors = {
  repositoryNotFound: (name: string, accountId: string): ServiceError =>
    clientError('RepositoryNotFoundException', ecrTexts.repositoryNotFound(name, accountId)),
  repositoryAlreadyExists: (name: string, accountId: string): ServiceError =>
    clientError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${accountId}'`,
    ),
  repositoryNotEmpty: (name: string, accountId: string): ServiceError =>
    clientError(
      'RepositoryNotEmptyException',
      `The repository with name '${name}' in registry with id '${accountId}' cannot be deleted because it still contains images`,
    ),
  imageNotFound: (id: ImageIdentifier, name: string, accountId: string): ServiceError =>
    clientError(
      'ImageNotFoundException',
      `The image with imageId ${imageIdText(id)} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`,
    ),
  imageAlreadyExists: (id: ImageIdentifier, name: string, accountId: string): ServiceError =>
    clientError(
      'ImageAlreadyExistsException',
      `Image with digest '${id.imageDigest ?? 'null'}' and tag '${id.imageTag ?? 'null'}' already exists in the repository with name '${name}' in registry with id '${accountId}'`,
    ),
  imageTagAlreadyExists: (tag: string, repository: Repository): ServiceError =>
    clientError('ImageTagAlreadyExistsException', ecrTexts.tagImmutable(tag, repository)),
  imageDigestDoesNotMatch: (): ServiceError =>
    clientError(
      'ImageDigestDoesNotMatchException',
      'The specified image digest does not match the digest that was calculated for the image.',
    ),
  layersNotFound: (digests: readonly string[], name: string): ServiceError =>
    clientError(
      'LayersNotFoundException',
      `Layers with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' could not be found`,
    ),
  referencedImagesNotFound: (digests: readonly string[], name: string): ServiceError =>
    clientError(
      'ReferencedImagesNotFoundException',
      `Images with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' could not be found`,
    ),
  policyNotFound: (name: string, accountId: string): ServiceError =>
    clientError(
      'RepositoryPolicyNotFoundException',
      `Repository policy does not exist for the repository with name '${name}' in the registry with id '${accountId}'`,
    ),
  tooManyTags: (): ServiceError =>
    clientError('TooManyTagsException', 'The list of tags on the repository is over the limit of 50.'),
  invalidTag: (message: string): ServiceError => clientError('InvalidTagParameterException', message),
  invalid: (message: string): ServiceError => clientError('InvalidParameterException', message),
  invalidMember: (member: string, rule: string): ServiceError =>
    clientError(
      'InvalidParameterException',
      `Invalid parameter at '${member}' failed to satisfy constraint: '${rule}'`,
    ),
  /** A member whose feature is not there yet. */
  unsupported: (member: string): ServiceError =>
    clientError('InvalidParameterException', `${member} is not supported yet.`),
} as const;
