import type { Secret } from '../../domain/secret.ts';
import { refuse } from '../../lib/service-error.ts';
import { findSecret } from '../../records/secrets.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { secretsErrors } from './errors.ts';

/** How requests name a secret. */
export interface SecretInput {
  readonly SecretId: string;
}

type Where = Pick<Context, 'clock' | 'installation'>;

/** The secret, even when it waits for its deletion. */
export const requireSecret = (
  tx: ReadTx,
  { clock, installation }: Where,
  { SecretId }: SecretInput,
): Secret =>
  findSecret(tx, SecretId, { scope: installation, now: clock.now() }) ?? refuse(secretsErrors.notFound());

/** The secret, unless it waits for its deletion: most operations refuse that. (SEC-7) */
export function requireLiveSecret(tx: ReadTx, where: Where, input: SecretInput): Secret {
  const secret = requireSecret(tx, where, input);
  if (secret.deletedAt !== undefined) throw secretsErrors.deleted();
  return secret;
}
