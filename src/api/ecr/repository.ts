import type { Repository } from '../../domain/ecr.ts';
import type { Installation } from '../../lib/config.ts';
import { refuse } from '../../lib/service-error.ts';
import { findRepository } from '../../records/ecr.ts';
import type {
  ImageTagMutability,
  ImageTagMutabilityExclusionFilter,
  Repository as RepositoryShape,
} from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecrErrors } from './errors.ts';

/** How a request names a repository. `registryId` is the account; absent means the caller's own. */
export interface RepositoryName {
  readonly repositoryName: string;
  readonly registryId?: string | undefined;
}

/** The repository that a request names. There is one account, so one of another registry does not exist. */
export function requireRepository(tx: ReadTx, installation: Installation, name: RepositoryName): Repository {
  const { repositoryName, registryId = installation.accountId } = name;
  const found = registryId === installation.accountId ? findRepository(tx, repositoryName) : undefined;
  return found ?? refuse(ecrErrors.repositoryNotFound(repositoryName, registryId));
}

/** The address of a repository for `docker`: the endpoint without its scheme, then the name. (ECR-1) */
export const repositoryUri = (installation: Installation, name: string): string =>
  `${new URL(installation.endpointUrl).host}/${name}`;

/** A repository as the API answers it. */
export function repositoryShape(installation: Installation, row: Repository): RepositoryShape {
  const filters = row.imageTagMutabilityExclusionFilters;
  return {
    repositoryArn: row.repositoryArn,
    registryId: installation.accountId,
    repositoryName: row.repositoryName,
    repositoryUri: repositoryUri(installation, row.repositoryName),
    createdAt: row.createdAt,
    imageTagMutability: row.imageTagMutability,
    imageTagMutabilityExclusionFilters: filters.length === 0 ? undefined : filters,
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

/** A repository has at most this many exclusion filters. */
const EXCLUSION_FILTERS_MAX_COUNT = 5;

/** Checks that filters come with a setting that has an exclusion, and only with one. (ECR-7) */
export function checkMutability(
  mutability: ImageTagMutability,
  filters: readonly ImageTagMutabilityExclusionFilter[],
): void {
  const member = 'imageTagMutabilityExclusionFilters';
  const hasExclusion = mutability.endsWith('_WITH_EXCLUSION');
  if (hasExclusion && filters.length === 0) {
    throw ecrErrors.invalidMember(member, `Must be given when imageTagMutability is ${mutability}`);
  }
  if (!hasExclusion && filters.length > 0) {
    throw ecrErrors.invalidMember(member, `Must not be given when imageTagMutability is ${mutability}`);
  }
  if (filters.length > EXCLUSION_FILTERS_MAX_COUNT) {
    throw ecrErrors.invalidMember(
      member,
      `Member must have length less than or equal to ${EXCLUSION_FILTERS_MAX_COUNT}`,
    );
  }
}
