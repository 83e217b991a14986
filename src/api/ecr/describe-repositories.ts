import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { repositories } from '../../records/ecr.ts';
import type {
  DescribeRepositoriesRequest,
  DescribeRepositoriesResponse,
} from '../../shapes/generated/ecr.ts';
import type { Context, Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { repositoryShape, requireRepository } from './repository.ts';

/** The page size when the caller gives none. */
const DEFAULT_MAX_RESULTS = 100;

/** Tells of named repositories, all of which must exist, or of a page of all. (ECR-4) */
export const describeRepositories: Operation<DescribeRepositoriesRequest, DescribeRepositoriesResponse> = (
  context,
  input,
) => (input.repositoryNames === undefined ? describePage(context, input) : describeNamed(context, input));

function describeNamed(
  { store, installation }: Context,
  { repositoryNames = [], registryId, nextToken, maxResults }: DescribeRepositoriesRequest,
): DescribeRepositoriesResponse {
  if (nextToken !== undefined || maxResults !== undefined) {
    throw ecrErrors.invalid('nextToken and maxResults cannot be used together with repositoryNames.');
  }
  const rows = store.read((tx) =>
    repositoryNames.map((repositoryName) =>
      requireRepository(tx, installation, { repositoryName, registryId }),
    ),
  );
  return { repositories: rows.map((row) => repositoryShape(installation, row)) };
}

function describePage(
  { store, installation }: Context,
  input: DescribeRepositoriesRequest,
): DescribeRepositoriesResponse {
  if ((input.registryId ?? installation.accountId) !== installation.accountId) return { repositories: [] };
  const size = input.maxResults ?? DEFAULT_MAX_RESULTS;
  const after = readPageToken(input.nextToken);
  const found = store.read((tx) => tx.all(repositories, { after, limit: size + 1 }));
  const page = pageOf(found, size, (row) => row.repositoryName);
  return {
    repositories: page.rows.map((row) => repositoryShape(installation, row)),
    nextToken: page.nextToken,
  };
}
