import type { EcrOperations } from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { batchCheckLayerAvailability } from './batch-check-layer-availability.ts';
import { batchDeleteImage } from './batch-delete-image.ts';
import { batchGetImage } from './batch-get-image.ts';
import { createRepository } from './create-repository.ts';
import { deleteRepository } from './delete-repository.ts';
import { describeImages } from './describe-images.ts';
import { describeRepositories } from './describe-repositories.ts';
import { getAuthorizationToken } from './get-authorization-token.ts';
import { listImages } from './list-images.ts';
import { putImage } from './put-image.ts';
import { putImageScanningConfiguration } from './put-image-scanning-configuration.ts';
import { putImageTagMutability } from './put-image-tag-mutability.ts';
import { repositoryPolicyOperations } from './repository-policy-operations.ts';
import { listTagsForResource, tagResource, untagResource } from './tag-operations.ts';

/** A set of ECR operations. */
type EcrOperationRecord = Partial<{
  readonly [Name in keyof EcrOperations]: Operation<
    EcrOperations[Name]['input'],
    EcrOperations[Name]['output']
  >;
}>;

/** Every ECR operation that is there, by its AWS name. */
export const ecrOperations: EcrOperationRecord = {
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  DescribeImages: describeImages,
  DescribeRepositories: describeRepositories,
  GetAuthorizationToken: getAuthorizationToken,
  ...repositoryPolicyOperations,
  ListImages: listImages,
  ListTagsForResource: listTagsForResource,
  PutImage: putImage,
  PutImageScanningConfiguration: putImageScanningConfiguration,
  PutImageTagMutability: putImageTagMutability,
  TagResource: tagResource,
  UntagResource: untagResource,
};
