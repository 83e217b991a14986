import type { TemporaryKey } from '../../records/identity.ts';
import type { Credentials } from '../../shapes/generated/sts.ts';

/** A temporary key as STS answers it. */
export const credentialsShape = (key: TemporaryKey): Credentials => ({
  AccessKeyId: key.accessKeyId,
  SecretAccessKey: key.secretAccessKey,
  SessionToken: key.sessionToken,
  Expiration: key.expiresAt,
});
