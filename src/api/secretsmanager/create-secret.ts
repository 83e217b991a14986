import { CURRENT } from '../../core/secrets/stages.ts';
import { isSecretThere, type Secret, secretArn } from '../../domain/secret.ts';
import type { Vault } from '../../lib/vault.ts';
import { forgetSecret, secrets, versionsOf } from '../../records/secrets.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { checkedKey, checkName, refuseReplicas, withTags } from './secret-rules.ts';
import { addVersion, openedValue, valueIn } from './secret-value.ts';

/** Makes a secret, with its first value when the request has one. (SEC-1) */
export const createSecret =
  (vault: Vault): SecretsOperation<'CreateSecret'> =>
  (context, input) => {
    const { clock, ids, store } = context;
    checkName(input.Name);
    refuseReplicas(input);
    if (input.Type !== undefined && input.Type !== '') throw secretsErrors.unsupported('Type');
    const value = valueIn(input);
    const kmsKeyId = checkedKey(input.KmsKeyId);
    const tags = withTags([], input.Tags ?? []);
    const versionId = input.ClientRequestToken ?? ids.uuid();
    return store.write((tx) => {
      const now = clock.now();
      const known = knownSecret(tx, context, input.Name);
      if (known !== undefined) return repeated(tx, vault, known, { ...input, versionId });
      const secret: Secret = {
        name: input.Name,
        arn: secretArn(context.installation, input.Name, suffixOf(context)),
        description: input.Description,
        kmsKeyId,
        createdAt: now,
        lastChangedAt: now,
        tags,
      };
      tx.put(secrets, secret);
      if (value === undefined) return { ARN: secret.arn, Name: secret.name };
      addVersion(tx, vault, secret, { versionId, value, stages: [CURRENT], now });
      return { ARN: secret.arn, Name: secret.name, VersionId: versionId };
    });
  };

/** The secret of this name. One past its deletion date makes room. */
function knownSecret(tx: WriteTx, { clock }: Context, name: string): Secret | undefined {
  const known = tx.get(secrets, name);
  if (known === undefined) return undefined;
  if (!isSecretThere(known, clock.now())) {
    forgetSecret(tx, known);
    return undefined;
  }
  if (known.deletedAt !== undefined) throw secretsErrors.nameWaitsForDeletion();
  return known;
}

/** The same request again, known by its token and value, is answered as the first was. (SEC-1) */
function repeated(
  tx: WriteTx,
  vault: Vault,
  known: Secret,
  input: Parameters<SecretsOperation<'CreateSecret'>>[1] & { readonly versionId: string },
) {
  const value = valueIn(input);
  const same = versionsOf(tx, known).find(({ versionId }) => versionId === input.ClientRequestToken);
  if (same === undefined || value === undefined) throw secretsErrors.exists(known.name);
  const { SecretString, SecretBinary } = openedValue(vault, same);
  const opened = valueIn({ SecretString, SecretBinary });
  if (opened === undefined || Buffer.compare(opened.bytes, value.bytes) !== 0) {
    throw secretsErrors.exists(known.name);
  }
  return { ARN: known.arn, Name: known.name, VersionId: same.versionId };
}

/** Six letters and digits. */
const suffixOf = ({ ids }: Context): string =>
  ids
    .secret(24)
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 6)
    .padEnd(6, 'x');
