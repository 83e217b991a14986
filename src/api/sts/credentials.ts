import { assumedRoleArn } from '../../core/identity/arns.ts';
import type { Role } from '../../domain/identity.ts';
import type { TemporaryKey } from '../../records/identity.ts';
import type { AssumeRoleResponse, Credentials } from '../../shapes/generated/sts.ts';
import { packedPercent } from './session-context.ts';

/** How long a session of a role lasts when nothing is said. */
export const DEFAULT_SESSION_SECONDS = 3_600;

/** A temporary key as STS answers it. */
export const credentialsShape = (key: TemporaryKey): Credentials => ({
  AccessKeyId: key.accessKeyId,
  SecretAccessKey: key.secretAccessKey,
  SessionToken: key.sessionToken,
  Expiration: key.expiresAt,
});

/** A new session of a role as STS answers it. */
export const assumedRoleAnswer = (
  accountId: string,
  made: { readonly role: Role; readonly key: TemporaryKey; readonly sessionName: string },
): AssumeRoleResponse => ({
  Credentials: credentialsShape(made.key),
  AssumedRoleUser: {
    AssumedRoleId: `${made.role.roleId}:${made.sessionName}`,
    Arn: assumedRoleArn(accountId, made.role.roleName, made.sessionName),
  },
  PackedPolicySize: made.key.session && packedPercent(made.key.session),
  SourceIdentity: made.key.session?.sourceIdentity,
});
