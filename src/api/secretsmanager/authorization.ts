import { secretArn } from '../../domain/secret.ts';
import { instant } from '../../lib/clock.ts';
import { findSecret } from '../../records/secrets.ts';
import type { SecretsManagerOperations } from '../../shapes/generated/secretsmanager.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  tagPairs,
  withoutResource,
} from '../authorization.ts';
import type { SecretInput } from './secret-reference.ts';

/** Whether a deletion date has passed is not looked at here: the operation says that the secret is gone. */
const ANY_TIME = instant(0);

/** What policies can know of a secret. One that is not there is named as the request names it. (SEC-12) */
export function secretCheck(
  { tx, installation }: Pick<AccessScene, 'tx' | 'installation'>,
  { SecretId }: SecretInput,
): AccessCheck {
  const secret = findSecret(tx, SecretId, { scope: installation, now: ANY_TIME });
  const named = SecretId.startsWith('arn:') ? SecretId : secretArn(installation, SecretId);
  return {
    resource: secret?.arn ?? named,
    keys: { 'secretsmanager:secretid': secret?.arn ?? SecretId },
    resourceTags: () => tagPairs(secret?.tags),
    resourcePolicy: secret?.resourcePolicy,
  };
}

const onSecret: AccessDeclaration<SecretInput> = (input, scene) => [secretCheck(scene, input)];

/** Secrets Manager operations with the permissions that they need. (AUTH-11; Service Authorization Reference) */
export const secretsManagerAuthorization: AccessDeclarations<SecretsManagerOperations> = {
  BatchGetSecretValue: ({ SecretIdList = [], Filters }, scene) => [
    { resource: '*' },
    ...(Filters === undefined ? [] : [{ action: 'secretsmanager:ListSecrets', resource: '*' }]),
    ...SecretIdList.map((SecretId) => ({
      ...secretCheck(scene, { SecretId }),
      action: 'secretsmanager:GetSecretValue',
    })),
  ],
  CancelRotateSecret: onSecret,
  CreateSecret: ({ Name, Description, KmsKeyId, Tags }, { installation }) => {
    const check: AccessCheck = {
      resource: secretArn(installation, Name),
      requestTags: tagPairs(Tags),
      keys: {
        'secretsmanager:name': Name,
        'secretsmanager:description': Description,
        'secretsmanager:kmskeyid': KmsKeyId,
      },
    };
    const isTagged = tagPairs(Tags).length > 0;
    return isTagged ? [check, { ...check, action: 'secretsmanager:TagResource' }] : [check];
  },
  DeleteResourcePolicy: onSecret,
  DeleteSecret: (input, scene) => {
    const check = secretCheck(scene, input);
    const keys = {
      ...check.keys,
      'secretsmanager:forcedeletewithoutrecovery': input.ForceDeleteWithoutRecovery?.toString(),
      'secretsmanager:recoverywindowindays': input.RecoveryWindowInDays?.toString(),
    } as const;
    return [{ ...check, keys }];
  },
  DescribeSecret: onSecret,
  GetRandomPassword: withoutResource,
  GetResourcePolicy: onSecret,
  GetSecretValue: (input, scene) => {
    const check = secretCheck(scene, input);
    const keys = {
      ...check.keys,
      'secretsmanager:versionid': input.VersionId,
      'secretsmanager:versionstage':
        input.VersionStage ?? (input.VersionId === undefined ? 'AWSCURRENT' : undefined),
    } as const;
    return [{ ...check, keys }];
  },
  ListSecretVersionIds: onSecret,
  ListSecrets: withoutResource,
  PutResourcePolicy: onSecret,
  PutSecretValue: onSecret,
  RemoveRegionsFromReplication: onSecret,
  ReplicateSecretToRegions: onSecret,
  RestoreSecret: onSecret,
  RotateSecret: onSecret,
  StopReplicationToReplica: onSecret,
  TagResource: (input, scene) => [{ ...secretCheck(scene, input), requestTags: tagPairs(input.Tags) }],
  UntagResource: (input, scene) => [{ ...secretCheck(scene, input), tagKeys: input.TagKeys }],
  UpdateSecret: (input, scene) => {
    const check = secretCheck(scene, input);
    const keys = {
      ...check.keys,
      'secretsmanager:description': input.Description,
      'secretsmanager:kmskeyid': input.KmsKeyId,
    } as const;
    return [{ ...check, keys }];
  },
  UpdateSecretVersionStage: (input, scene) => {
    const check = secretCheck(scene, input);
    return [{ ...check, keys: { ...check.keys, 'secretsmanager:versionstage': input.VersionStage } }];
  },
  ValidateResourcePolicy: ({ SecretId }, scene) =>
    SecretId === undefined ? [{ resource: '*' }] : [secretCheck(scene, { SecretId })],
};
