import { parseArn, type Scope } from '../domain/arn.ts';
import { isSecretThere, type Secret, type SecretVersion } from '../domain/secret.ts';
import type { Instant } from '../lib/clock.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';

/** Secrets by name. */
export const secrets: Collection<Secret, 'arn' | 'deletion'> = {
  name: 'secrets',
  key: (row) => row.name,
  indexes: {
    arn: (row) => row.arn,
    /** Those that wait for their deletion. */
    deletion: (row) => (row.deletionDate === undefined ? undefined : 'waiting'),
  },
};

/** The values of secrets by ARN and version id. */
export const secretVersions: Collection<SecretVersion, 'secret'> = {
  name: 'secret-versions',
  key: (row) => `${row.secretArn} ${row.versionId}`,
  indexes: { secret: (row) => row.secretArn },
};

/**
 * The secret that a `SecretId` means: a name, an ARN, or an ARN without its random suffix. One that waits for its
 * deletion is found too; one past it is not. (SEC-2)
 */
export function findSecret(
  tx: ReadTx,
  secretId: string,
  at: { readonly scope: Scope; readonly now: Instant },
): Secret | undefined {
  const row = rowOf(tx, secretId, at.scope);
  return row !== undefined && isSecretThere(row, at.now) ? row : undefined;
}

function rowOf(tx: ReadTx, secretId: string, scope: Scope): Secret | undefined {
  if (!secretId.startsWith('arn:')) return tx.get(secrets, secretId);
  const arn = parseArn(secretId);
  if (arn?.service !== 'secretsmanager' || arn.region !== scope.region || arn.accountId !== scope.accountId) {
    return undefined;
  }
  const [exact] = tx.find(secrets, 'arn', secretId);
  return exact ?? (arn.resource.startsWith('secret:') ? tx.get(secrets, arn.resource.slice(7)) : undefined);
}

/** The versions of a secret, oldest first. */
export const versionsOf = (tx: ReadTx, secret: Secret): readonly SecretVersion[] =>
  tx
    .find(secretVersions, 'secret', secret.arn)
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.versionId < b.versionId ? -1 : 1));

/** Removes a secret and its values. */
export function forgetSecret(tx: WriteTx, secret: Secret): void {
  for (const version of tx.find(secretVersions, 'secret', secret.arn)) {
    tx.delete(secretVersions, secretVersions.key(version));
  }
  tx.delete(secrets, secret.name);
}

/** Removes the secrets whose recovery window has passed. (SEC-7) */
export function forgetDeletedSecrets(tx: WriteTx, now: Instant): number {
  const gone = tx.find(secrets, 'deletion', 'waiting').filter((secret) => !isSecretThere(secret, now));
  for (const secret of gone) forgetSecret(tx, secret);
  return gone.length;
}
