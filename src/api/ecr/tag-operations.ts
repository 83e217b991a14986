import { parseArn } from '../../domain/arn.ts';
import type { Repository } from '../../domain/ecr.ts';
import type { Installation } from '../../lib/config.ts';
import { repositories } from '../../records/ecr.ts';
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  TagResourceResponse,
  UntagResourceRequest,
  UntagResourceResponse,
} from '../../shapes/generated/ecr.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { requireRepository } from './repository.ts';
import { withTags } from './tags.ts';

/** Adds tags to a repository, or replaces those with the same key. (ECR-10) */
export const tagResource: Operation<TagResourceRequest, TagResourceResponse> = async (
  { store, installation },
  { resourceArn, tags },
) => {
  await store.write((tx) => {
    const repository = repositoryOfArn(tx, installation, resourceArn);
    tx.put(repositories, { ...repository, tags: withTags(repository.tags, tags) });
  });
  return {};
};

/** Takes tags off a repository; keys that it does not have are no error. (ECR-10) */
export const untagResource: Operation<UntagResourceRequest, UntagResourceResponse> = async (
  { store, installation },
  { resourceArn, tagKeys },
) => {
  await store.write((tx) => {
    const repository = repositoryOfArn(tx, installation, resourceArn);
    tx.put(repositories, {
      ...repository,
      tags: repository.tags.filter(({ Key }) => !tagKeys.includes(Key)),
    });
  });
  return {};
};

/** The tags of a repository. */
export const listTagsForResource: Operation<ListTagsForResourceRequest, ListTagsForResourceResponse> = (
  { store, installation },
  { resourceArn },
) => ({ tags: store.read((tx) => repositoryOfArn(tx, installation, resourceArn)).tags });

function repositoryOfArn(tx: ReadTx, installation: Installation, arn: string): Repository {
  const parsed = parseArn(arn);
  const repositoryName = parsed?.resource.replace(/^repository\//, '');
  const isRepository = parsed?.service === 'ecr' && parsed.resource.startsWith('repository/');
  if (parsed === undefined || repositoryName === undefined || !isRepository) {
    throw ecrErrors.invalidMember('resourceArn', 'Invalid ARN');
  }
  return requireRepository(tx, installation, { repositoryName, registryId: parsed.accountId });
}
