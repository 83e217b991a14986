import { deleteRepositoryRows, images } from '../../records/ecr.ts';
import type { DeleteRepositoryRequest, DeleteRepositoryResponse } from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { repositoryShape, requireRepository } from './repository.ts';

/** Deletes a repository; one with images only by force. (ECR-2) */
export const deleteRepository: Operation<DeleteRepositoryRequest, DeleteRepositoryResponse> = async (
  { store, installation },
  input,
) => {
  const deleted = await store.write((tx) => {
    const repository = requireRepository(tx, installation, input);
    const { repositoryName } = repository;
    if (input.force !== true && tx.count(images, 'repository', repositoryName) > 0) {
      throw ecrErrors.repositoryNotEmpty(repositoryName, installation.accountId);
    }
    deleteRepositoryRows(tx, repositoryName);
    return repository;
  });
  return { repository: repositoryShape(installation, deleted) };
};
