import type { Vault } from '../../lib/vault.ts';
import { batchGetSecretValue } from './batch-get-secret-value.ts';
import { createSecret } from './create-secret.ts';
import { deleteSecret, restoreSecret } from './delete-secret.ts';
import { describeSecret } from './describe-secret.ts';
import { getRandomPassword } from './get-random-password.ts';
import { getSecretValue } from './get-secret-value.ts';
import { listSecretVersionIds } from './list-secret-version-ids.ts';
import { listSecrets } from './list-secrets.ts';
import type { SecretsOperationRecord } from './operation-record.ts';
import { putSecretValue } from './put-secret-value.ts';
import { refusedOperations } from './refused-operations.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policy-operations.ts';
import { tagResource, untagResource } from './tag-operations.ts';
import { updateSecret } from './update-secret.ts';
import { updateSecretVersionStage } from './update-secret-version-stage.ts';

/** Every Secrets Manager operation that is there, by its AWS name. Values are sealed by `vault` before they are stored. */
export const secretsManagerOperations = (vault: Vault) =>
  ({
    ...refusedOperations,
    BatchGetSecretValue: batchGetSecretValue(vault),
    CreateSecret: createSecret(vault),
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteSecret: deleteSecret,
    DescribeSecret: describeSecret,
    GetRandomPassword: getRandomPassword,
    GetResourcePolicy: getResourcePolicy,
    GetSecretValue: getSecretValue(vault),
    ListSecretVersionIds: listSecretVersionIds,
    ListSecrets: listSecrets,
    PutResourcePolicy: putResourcePolicy,
    PutSecretValue: putSecretValue(vault),
    RestoreSecret: restoreSecret,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateSecret: updateSecret(vault),
    UpdateSecretVersionStage: updateSecretVersionStage,
  }) satisfies SecretsOperationRecord;
