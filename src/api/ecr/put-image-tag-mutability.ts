import { repositories } from '../../records/ecr.ts';
import type {
  PutImageTagMutabilityRequest,
  PutImageTagMutabilityResponse,
} from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { checkMutability, requireRepository } from './repository.ts';

/** Says whether tags that exist may be moved. Tags that are there stay as they are. (ECR-7) */
export const putImageTagMutability: Operation<
  PutImageTagMutabilityRequest,
  PutImageTagMutabilityResponse
> = async ({ store, installation }, input) => {
  const { imageTagMutability, imageTagMutabilityExclusionFilters = [] } = input;
  checkMutability(imageTagMutability, imageTagMutabilityExclusionFilters);
  await store.write((tx) => {
    const repository = requireRepository(tx, installation, input);
    tx.put(repositories, { ...repository, imageTagMutability, imageTagMutabilityExclusionFilters });
  });
  return {
    registryId: installation.accountId,
    repositoryName: input.repositoryName,
    imageTagMutability,
    imageTagMutabilityExclusionFilters:
      imageTagMutabilityExclusionFilters.length === 0 ? undefined : imageTagMutabilityExclusionFilters,
  };
};
