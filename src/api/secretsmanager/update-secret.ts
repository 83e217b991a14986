import { CURRENT } from '../../core/secrets/stages.ts';
import type { Vault } from '../../lib/vault.ts';
import { secrets } from '../../records/secrets.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret } from './secret-reference.ts';
import { checkedKey } from './secret-rules.ts';
import { addVersion, valueIn } from './secret-value.ts';

/** Changes description or key, and adds a current version when the request has a value. (SEC-3) */
export const updateSecret =
  (vault: Vault): SecretsOperation<'UpdateSecret'> =>
  (context, input) => {
    const { clock, ids, store } = context;
    if (input.Type !== undefined && input.Type !== '') throw secretsErrors.unsupported('Type');
    const value = valueIn(input);
    const kmsKeyId = checkedKey(input.KmsKeyId);
    const versionId = input.ClientRequestToken ?? ids.uuid();
    return store.write((tx) => {
      const now = clock.now();
      const secret = requireLiveSecret(tx, context, input);
      tx.put(secrets, {
        ...secret,
        description: input.Description ?? secret.description,
        kmsKeyId: kmsKeyId ?? secret.kmsKeyId,
        lastChangedAt: now,
      });
      if (value === undefined) return { ARN: secret.arn, Name: secret.name };
      addVersion(tx, vault, secret, { versionId, value, stages: [CURRENT], now });
      return { ARN: secret.arn, Name: secret.name, VersionId: versionId };
    });
  };
