import { CURRENT } from '../../core/secrets/stages.ts';
import type { Secret, SecretVersion } from '../../domain/secret.ts';
import { type Instant, instant } from '../../lib/clock.ts';
import { refuse } from '../../lib/service-error.ts';
import type { Vault } from '../../lib/vault.ts';
import { secrets, secretVersions, versionsOf } from '../../records/secrets.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret, type SecretInput } from './secret-reference.ts';
import { openedValue } from './secret-value.ts';

/** Which value of a secret is wanted. */
interface ValueChoice extends SecretInput {
  readonly VersionId?: string | undefined;
  readonly VersionStage?: string | undefined;
}

const DAY_MS = 24 * 3_600_000;

/** Reads a value: by version id, by label, by both when they belong together, or the current one. (SEC-3) */
export const getSecretValue =
  (vault: Vault): SecretsOperation<'GetSecretValue'> =>
  async (context, input) => {
    const found = context.store.read((tx) => chosenVersion(tx, context, input));
    await noteAccess(context, [found]);
    return valueAnswer(vault, found);
  };

/** A version and its secret. */
export interface ChosenVersion {
  readonly secret: Secret;
  readonly version: SecretVersion;
}

/** The version that a request means. */
export function chosenVersion(tx: ReadTx, context: Context, input: ValueChoice): ChosenVersion {
  const secret = requireLiveSecret(tx, context, input);
  const versions = versionsOf(tx, secret);
  const { VersionId, VersionStage } = input;
  if (VersionId === undefined) {
    const stage = VersionStage ?? CURRENT;
    const version =
      versions.find(({ stages }) => stages.includes(stage)) ?? refuse(secretsErrors.noValueForStage(stage));
    return { secret, version };
  }
  const version =
    versions.find(({ versionId }) => versionId === VersionId) ??
    refuse(secretsErrors.noValueForVersion(VersionId));
  if (VersionStage !== undefined && !version.stages.includes(VersionStage))
    throw secretsErrors.stageOfOtherVersion();
  return { secret, version };
}

/** The answer with the value in clear. */
export const valueAnswer = (vault: Vault, { secret, version }: ChosenVersion) => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: version.versionId,
  ...openedValue(vault, version),
  VersionStages: version.stages,
  CreatedDate: version.createdAt,
});

const dayOf = (now: Instant): Instant => instant(Math.floor(now / DAY_MS) * DAY_MS);

/** Writes the day of the reading, once a day. (SEC-9) */
export async function noteAccess(context: Context, found: readonly ChosenVersion[]): Promise<void> {
  const day = dayOf(context.clock.now());
  const stale = found.filter(
    ({ secret, version }) => secret.lastAccessedAt !== day || version.lastAccessedAt !== day,
  );
  if (stale.length === 0) return;
  await context.store.write((tx) => {
    for (const { secret, version } of stale) {
      const current = tx.get(secrets, secret.name);
      if (current?.arn === secret.arn) tx.put(secrets, { ...current, lastAccessedAt: day });
      const row = tx.get(secretVersions, secretVersions.key(version));
      if (row !== undefined) tx.put(secretVersions, { ...row, lastAccessedAt: day });
    }
  });
}
