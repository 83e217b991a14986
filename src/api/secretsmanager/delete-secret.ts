import { secretArn } from '../../domain/secret.ts';
import { plusMs } from '../../lib/clock.ts';
import { findSecret, forgetSecret, secrets } from '../../records/secrets.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret, requireSecret } from './secret-reference.ts';

const DAY_MS = 24 * 3_600_000;
const RECOVERY_DAYS_DEFAULT = 30;

/** Deletes a secret, at the end of its recovery window or, when forced, at once. (SEC-7) */
export const deleteSecret: SecretsOperation<'DeleteSecret'> = (context, input) => {
  const { clock, installation, store } = context;
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: isForced = false } = input;
  if (isForced && days !== undefined) throw secretsErrors.forceWithWindow();
  if (days !== undefined && (days < 7 || days > 30)) throw secretsErrors.recoveryWindow();
  return store.write((tx) => {
    const now = clock.now();
    if (isForced) {
      const known = findSecret(tx, input.SecretId, { scope: installation, now });
      if (known !== undefined) forgetSecret(tx, known);
      const name = known?.name ?? input.SecretId;
      return { ARN: known?.arn ?? secretArn(installation, name), Name: name, DeletionDate: now };
    }
    const secret = requireLiveSecret(tx, context, input);
    const deletionDate = plusMs(now, (days ?? RECOVERY_DAYS_DEFAULT) * DAY_MS);
    tx.put(secrets, { ...secret, deletedAt: now, deletionDate });
    return { ARN: secret.arn, Name: secret.name, DeletionDate: deletionDate };
  });
};

/** Takes a deletion back while the recovery window lasts. (SEC-7) */
export const restoreSecret: SecretsOperation<'RestoreSecret'> = (context, input) =>
  context.store.write((tx) => {
    const secret = requireSecret(tx, context, input);
    tx.put(secrets, { ...secret, deletedAt: undefined, deletionDate: undefined });
    return { ARN: secret.arn, Name: secret.name };
  });
