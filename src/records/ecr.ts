import {
  type BlobLink,
  type BlobUpload,
  type Image,
  type ImageTag,
  type ManifestText,
  type RegistryToken,
  type Repository,
  repositoryArn,
} from '../domain/ecr.ts';
import { type Instant, plusMs } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import type { Ids } from '../lib/ids.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';
import { accessKeys } from './collections.ts';

/** Repositories by name. */
export const repositories: Collection<Repository> = {
  name: 'ecr-repositories',
  key: (row) => row.repositoryName,
  indexes: {},
};

/** The key of what belongs to a repository. A space is in no repository name, so rows of one stay together. */
export const inRepository = (repositoryName: string, name: string): string => `${repositoryName} ${name}`;

/** Images by digest. `blob`, `child` and `subject` hold `<repository> <digest>` of what the manifest refers to. */
export const images: Collection<Image, 'repository' | 'blob' | 'child' | 'subject'> = {
  name: 'ecr-images',
  key: (row) => inRepository(row.repositoryName, row.digest),
  indexes: {
    repository: (row) => row.repositoryName,
    blob: (row) => row.facts.blobDigests.map((digest) => inRepository(row.repositoryName, digest)),
    child: (row) => row.facts.childDigests.map((digest) => inRepository(row.repositoryName, digest)),
    subject: (row) =>
      row.facts.subjectDigest === undefined
        ? undefined
        : inRepository(row.repositoryName, row.facts.subjectDigest),
  },
};

/** The exact texts of manifests, apart from the facts that listings read. */
export const manifestTexts: Collection<ManifestText, 'repository'> = {
  name: 'ecr-manifests',
  key: (row) => inRepository(row.repositoryName, row.digest),
  indexes: { repository: (row) => row.repositoryName },
};

/** `image` holds `<repository> <digest>`. */
export const imageTags: Collection<ImageTag, 'repository' | 'image'> = {
  name: 'ecr-image-tags',
  key: (row) => inRepository(row.repositoryName, row.tag),
  indexes: {
    repository: (row) => row.repositoryName,
    image: (row) => inRepository(row.repositoryName, row.digest),
  },
};

/** Which repository may serve which blob. `digest` finds all of a blob, so that the last one lets it go. */
export const blobLinks: Collection<BlobLink, 'repository' | 'digest'> = {
  name: 'ecr-blob-links',
  key: (row) => inRepository(row.repositoryName, row.digest),
  indexes: { repository: (row) => row.repositoryName, digest: (row) => row.digest },
};

/** Uploads that have begun and not ended. */
export const blobUploads: Collection<BlobUpload, 'repository'> = {
  name: 'ecr-blob-uploads',
  key: (row) => row.uploadId,
  indexes: { repository: (row) => row.repositoryName },
};

/** Passwords of `docker login`, by their ids. */
export const registryTokens: Collection<RegistryToken, 'accessKey'> = {
  name: 'ecr-registry-tokens',
  key: (row) => row.tokenId,
  indexes: { accessKey: (row) => row.accessKeyId },
};

/** A repository by name. */
export const findRepository = (tx: ReadTx, name: string): Repository | undefined =>
  tx.get(repositories, name);

/** Makes a repository, or answers undefined when the name is taken. */
export function createRepository(
  tx: WriteTx,
  installation: Installation,
  row: Omit<Repository, 'repositoryArn'>,
): Repository | undefined {
  if (findRepository(tx, row.repositoryName) !== undefined) return undefined;
  const repository = { ...row, repositoryArn: repositoryArn(installation, row.repositoryName) };
  tx.put(repositories, repository);
  return repository;
}

/** Removes a repository and every row that belongs to it. The blobs' files are left for the collector. (REG-10) */
export function deleteRepositoryRows(tx: WriteTx, repositoryName: string): void {
  for (const row of tx.find(images, 'repository', repositoryName)) tx.delete(images, images.key(row));
  for (const row of tx.find(manifestTexts, 'repository', repositoryName)) {
    tx.delete(manifestTexts, manifestTexts.key(row));
  }
  for (const row of tx.find(imageTags, 'repository', repositoryName))
    tx.delete(imageTags, imageTags.key(row));
  for (const row of tx.find(blobLinks, 'repository', repositoryName))
    tx.delete(blobLinks, blobLinks.key(row));
  for (const row of tx.find(blobUploads, 'repository', repositoryName)) tx.delete(blobUploads, row.uploadId);
  tx.delete(repositories, repositoryName);
}

/** Texts that both the API and the registry say. (ECR-9) */
export const ecrTexts = {
  repositoryNotFound: (name: string, accountId: string): string =>
    `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
  tagImmutable: (tag: string, repository: Repository): string =>
    `The image tag '${tag}' already exists in the '${repository.repositoryName}' repository and cannot be overwritten because the ${repository.imageTagMutability === 'IMMUTABLE' ? 'repository' : 'tag'} is immutable.`,
  imageNotFound: 'Requested image not found',
} as const;

/** How long a token of GetAuthorizationToken lives. */
const TOKEN_LIFETIME_MS = 12 * 3_600_000;

/** A token this young is given out again, so that hosts that ask before each pull do not fill the store. (ECR-3) */
const TOKEN_REUSE_MS = 1_800_000;

/**
 * A token for the principal behind `accessKeyId`: the one given out less than half an hour ago, or a new one. It lives
 * for 12 hours, and not longer than a temporary key. (ECR-3)
 */
export function issueRegistryToken(
  tx: WriteTx,
  request: { readonly accessKeyId: string; readonly ids: Ids; readonly now: Instant },
): RegistryToken {
  const { accessKeyId, ids, now } = request;
  const known = tx
    .find(registryTokens, 'accessKey', accessKeyId)
    .find((row) => now - row.issuedAt < TOKEN_REUSE_MS && row.expiresAt > now);
  if (known !== undefined) return known;
  const keyEnd = tx.get(accessKeys, accessKeyId)?.expiresAt;
  const ownEnd = plusMs(now, TOKEN_LIFETIME_MS);
  const token: RegistryToken = {
    tokenId: ids.base32(20),
    secret: ids.secret(64),
    accessKeyId,
    issuedAt: now,
    expiresAt: keyEnd !== undefined && keyEnd < ownEnd ? keyEnd : ownEnd,
  };
  tx.put(registryTokens, token);
  return token;
}

/** What the client sends as the password of user `AWS`. */
export const registryPassword = (token: RegistryToken): string => `${token.tokenId}.${token.secret}`;

/** Removes tokens that expired an hour ago or earlier, and answers how many. */
export function deleteExpiredRegistryTokens(tx: WriteTx, now: Instant): number {
  const expired = tx.all(registryTokens).filter((row) => row.expiresAt + 3_600_000 <= now);
  for (const row of expired) tx.delete(registryTokens, row.tokenId);
  return expired.length;
}
