import { CURRENT } from '../../core/secrets/stages.ts';
import type { Vault } from '../../lib/vault.ts';
import { secrets } from '../../records/secrets.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret } from './secret-reference.ts';
import { addVersion, valueIn } from './secret-value.ts';

/** Adds a version. Without labels it becomes the current one. (SEC-3, SEC-4) */
export const putSecretValue =
  (vault: Vault): SecretsOperation<'PutSecretValue'> =>
  (context, input) => {
    const { clock, ids, store } = context;
    if (input.RotationToken !== undefined) throw secretsErrors.unsupported('RotationToken');
    const value = valueIn(input);
    if (value === undefined) throw secretsErrors.noValue();
    const versionId = input.ClientRequestToken ?? ids.uuid();
    const asked = input.VersionStages ?? [];
    return store.write((tx) => {
      const now = clock.now();
      const secret = requireLiveSecret(tx, context, input);
      const { stages, isNew } = addVersion(tx, vault, secret, {
        versionId,
        value,
        stages: asked.length === 0 ? [CURRENT] : asked,
        now,
      });
      if (isNew) tx.put(secrets, { ...secret, lastChangedAt: now });
      return { ARN: secret.arn, Name: secret.name, VersionId: versionId, VersionStages: stages };
    });
  };
