import { refuse } from '../../lib/service-error.ts';
import { createRepository as createRow } from '../../records/ecr.ts';
import type { CreateRepositoryRequest, CreateRepositoryResponse } from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { checkMutability, repositoryShape } from './repository.ts';
import { withTags } from './tags.ts';

/** Makes a repository. A second call with the same name is an error. (ECR-2) */
export const createRepository: Operation<CreateRepositoryRequest, CreateRepositoryResponse> = async (
  { store, clock, installation },
  input,
) => {
  refuseUnsupported(input, installation.accountId);
  const imageTagMutability = input.imageTagMutability ?? 'MUTABLE';
  const imageTagMutabilityExclusionFilters = input.imageTagMutabilityExclusionFilters ?? [];
  checkMutability(imageTagMutability, imageTagMutabilityExclusionFilters);
  const tags = withTags([], input.tags ?? []);
  const { repositoryName } = input;
  const createdAt = clock.now();
  const row = await store.write(
    (tx) =>
      createRow(tx, installation, {
        repositoryName,
        createdAt,
        imageTagMutability,
        imageTagMutabilityExclusionFilters,
        tags,
      }) ?? refuse(ecrErrors.repositoryAlreadyExists(repositoryName, installation.accountId)),
  );
  return { repository: repositoryShape(installation, row) };
};

function refuseUnsupported(input: CreateRepositoryRequest, accountId: string): void {
  const { encryptionConfiguration, imageScanningConfiguration, registryId = accountId } = input;
  if (registryId !== accountId) {
    throw ecrErrors.invalidMember('registryId', 'Must be the account of the caller');
  }
  if ((encryptionConfiguration?.encryptionType ?? 'AES256') !== 'AES256') {
    throw ecrErrors.unsupported(
      `encryptionConfiguration.encryptionType ${encryptionConfiguration?.encryptionType}`,
    );
  }
  if ((encryptionConfiguration?.kmsKey ?? '') !== '') {
    throw ecrErrors.unsupported('encryptionConfiguration.kmsKey');
  }
  if (imageScanningConfiguration?.scanOnPush === true) {
    throw ecrErrors.unsupported('imageScanningConfiguration.scanOnPush');
  }
}
