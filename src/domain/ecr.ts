import type { Instant } from '../lib/clock.ts';
import type { ImageTagMutability, ImageTagMutabilityExclusionFilter, Tag } from '../shapes/generated/ecr.ts';

/** An image repository of the account's registry. */
export interface Repository {
  readonly repositoryName: string;
  readonly repositoryArn: string;
  readonly createdAt: Instant;
  readonly imageTagMutability: ImageTagMutability;
  readonly imageTagMutabilityExclusionFilters: readonly ImageTagMutabilityExclusionFilter[];
  readonly tags: readonly Tag[];
  /** The resource policy as it was set: JSON text. */
  readonly policyText?: string | undefined;
}

/** What a manifest says about itself and what it refers to. Digests are `sha256:…` or `sha512:…`. */
export interface ManifestFacts {
  readonly mediaType: string;
  /** The manifest's own `artifactType`, or the media type of its config. */
  readonly artifactType?: string | undefined;
  /** Config and layers that must be in the repository. */
  readonly blobDigests: readonly string[];
  /** The manifests of an index. */
  readonly childDigests: readonly string[];
  /** The manifest that this one describes (a signature, an SBOM). It need not exist. */
  readonly subjectDigest?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Config and layers as the manifest states them; 0 for an index. */
  readonly contentBytes: number;
}

/** A manifest in a repository. Its text is a row of its own, because this one changes when it is pulled. */
export interface Image {
  readonly repositoryName: string;
  readonly digest: string;
  readonly facts: ManifestFacts;
  readonly manifestBytes: number;
  /** Config and layers; for an index those of the biggest child. */
  readonly imageBytes: number;
  readonly pushedAt: Instant;
  /** Kept to the day, as ECR does. */
  readonly lastPulledAt?: Instant | undefined;
}

/** The exact text that was pushed; the digest is over its UTF-8 bytes. */
export interface ManifestText {
  readonly repositoryName: string;
  readonly digest: string;
  readonly text: string;
}

/** A name of an image. */
export interface ImageTag {
  readonly repositoryName: string;
  readonly tag: string;
  readonly digest: string;
}

/** Says that a blob may be read in a repository. The blob itself is a file that all repositories share. */
export interface BlobLink {
  readonly repositoryName: string;
  readonly digest: string;
  readonly sizeBytes: number;
  /** When it was uploaded, mounted or last asked for: the start of its grace while no image refers to it. */
  readonly touchedAt: Instant;
}

/** An upload under way. Its bytes are in a file named after it. */
export interface BlobUpload {
  readonly uploadId: string;
  readonly repositoryName: string;
  readonly startedAt: Instant;
}

/** What GetAuthorizationToken gave out. The password is `<tokenId>.<secret>`. */
export interface RegistryToken {
  readonly tokenId: string;
  readonly secret: string;
  /** The access key of the principal: the token ends with it. */
  readonly accessKeyId: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

/** The ARN of a repository. */
export const repositoryArn = (scope: { region: string; accountId: string }, name: string): string =>
  `arn:aws:ecr:${scope.region}:${scope.accountId}:repository/${name}`;

/** A tag as the OCI distribution specification allows it. */
export const isImageTag = (text: string): boolean => /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text);

/** A digest of an algorithm that we verify. Upper-case hexadecimal is not one. */
export const isDigest = (text: string): boolean =>
  /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);

/** A repository name as the OCI distribution specification allows it; ECR's own rule is narrower. */
export const isRepositoryName = (text: string): boolean =>
  text.length <= 256 &&
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(text);

/**
 * Whether a tag that exists may not be moved. A filter is a text with `*` for any characters; the tags that one of them
 * fits are the exclusion. (ECR-7)
 */
export function isTagImmutable(repository: Repository, tag: string): boolean {
  const isExcluded = repository.imageTagMutabilityExclusionFilters.some(({ filter }) => fits(filter, tag));
  switch (repository.imageTagMutability) {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !isExcluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return isExcluded;
  }
}

/** Matches part by part and not with a regular expression, whose time could grow with the number of stars. */
function fits(filter: string, tag: string): boolean {
  const [head = '', ...rest] = filter.split('*');
  if (!tag.startsWith(head)) return false;
  const tail = rest.pop();
  if (tail === undefined) return tag === head;
  let from = head.length;
  for (const part of rest) {
    const found = tag.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return tag.length - tail.length >= from && tag.endsWith(tail);
}
