import { parseArn } from '../../domain/arn.ts';
import { repositoryArn } from '../../domain/ecr.ts';
import { findRepository } from '../../records/ecr.ts';
import type { EcrOperations } from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  tagPairs,
  withoutResource,
} from '../authorization.ts';

/** How requests name a repository. */
interface RepositoryInput {
  readonly repositoryName: string;
  readonly registryId?: string | undefined;
}

function repositoryCheck({ tx, installation }: AccessScene, input: RepositoryInput): AccessCheck {
  const { repositoryName, registryId = installation.accountId } = input;
  const resource = repositoryArn({ region: installation.region, accountId: registryId }, repositoryName);
  return { resource, ...attachedTo(tx, repositoryName) };
}

const onRepository: AccessDeclaration<RepositoryInput> = (input, scene) => [repositoryCheck(scene, input)];

function arnCheck({ tx }: AccessScene, resource: string): AccessCheck {
  const name = parseArn(resource)?.resource.slice('repository/'.length) ?? '';
  return { resource, ...attachedTo(tx, name) };
}

/** What policies can know of a repository: its tags and its own policy. */
export function attachedTo(
  tx: ReadTx,
  repositoryName: string,
): Pick<AccessCheck, 'resourceTags' | 'resourcePolicy'> {
  const repository = findRepository(tx, repositoryName);
  return { resourceTags: () => tagPairs(repository?.tags), resourcePolicy: repository?.policyText };
}

/** ECR operations with the permissions that they need. (AUTH-11; Service Authorization Reference, Amazon ECR) */
export const ecrAuthorization: Partial<AccessDeclarations<EcrOperations>> = {
  BatchCheckLayerAvailability: onRepository,
  BatchDeleteImage: onRepository,
  BatchGetImage: onRepository,
  CompleteLayerUpload: onRepository,
  CreateRepository: (input, scene) => {
    const requestTags = tagPairs(input.tags);
    const check = { ...repositoryCheck(scene, input), requestTags };
    return requestTags.length === 0 ? [check] : [check, { ...check, action: 'ecr:TagResource' }];
  },
  DeleteLifecyclePolicy: onRepository,
  DeleteRepository: onRepository,
  DeleteRepositoryPolicy: onRepository,
  DescribeImages: onRepository,
  DescribeImageScanFindings: onRepository,
  DescribeRegistry: withoutResource,
  DescribeRepositories: ({ repositoryNames = [], registryId }, scene) =>
    (repositoryNames.length === 0 ? ['*'] : repositoryNames).map((repositoryName) =>
      repositoryCheck(scene, { repositoryName, registryId }),
    ),
  GetAuthorizationToken: withoutResource,
  GetDownloadUrlForLayer: onRepository,
  GetLifecyclePolicy: onRepository,
  GetLifecyclePolicyPreview: onRepository,
  GetRegistryPolicy: withoutResource,
  GetRepositoryPolicy: onRepository,
  InitiateLayerUpload: onRepository,
  ListImages: onRepository,
  ListTagsForResource: ({ resourceArn }, scene) => [arnCheck(scene, resourceArn)],
  PutImage: onRepository,
  PutImageScanningConfiguration: onRepository,
  PutImageTagMutability: onRepository,
  PutLifecyclePolicy: onRepository,
  SetRepositoryPolicy: onRepository,
  StartImageScan: onRepository,
  StartLifecyclePolicyPreview: onRepository,
  TagResource: ({ resourceArn, tags }, scene) => [
    { ...arnCheck(scene, resourceArn), requestTags: tagPairs(tags) },
  ],
  UntagResource: ({ resourceArn, tagKeys }, scene) => [{ ...arnCheck(scene, resourceArn), tagKeys }],
  UploadLayerPart: onRepository,
};
