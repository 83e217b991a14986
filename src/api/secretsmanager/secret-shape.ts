import type { Secret, SecretVersion } from '../../domain/secret.ts';

/** The labels of the versions that have any, by version id. */
export const stagesByVersion = (
  versions: readonly SecretVersion[],
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    versions.flatMap(({ versionId, stages }) => (stages.length === 0 ? [] : [[versionId, stages] as const])),
  );

/** What DescribeSecret and ListSecrets both say of a secret; never a value. */
export const secretFacts = (secret: Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  ...(secret.description === undefined || secret.description === ''
    ? {}
    : { Description: secret.description }),
  KmsKeyId: secret.kmsKeyId,
  LastChangedDate: secret.lastChangedAt,
  LastAccessedDate: secret.lastAccessedAt,
  DeletedDate: secret.deletedAt,
  ...(secret.tags.length === 0 ? {} : { Tags: secret.tags }),
  CreatedDate: secret.createdAt,
});
