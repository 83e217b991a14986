import type { SigningCredentials } from '../link/sigv4-sign.ts';

/** The key of the agent itself. Its members are read anew for each signature, so that it may change under a running agent. */
export interface OwnKey extends SigningCredentials {
  /**
   * The service does not take this key, for the reason given. True when there is another one now, so that the same call is
   * worth making again. Absent where the key can never change. (HARD-45)
   */
  readonly refused?: ((reason: string) => boolean) | undefined;
}

/** Codes of services that do not know a key, or not any more. (HARD-45) */
const KEY_CODES: ReadonlySet<string> = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
]);

/** Tells the key of a refusal; true when the call is worth repeating with the key as it is now. */
export const hasNewKey = (key: OwnKey, refusal: { readonly code: string; readonly text: string }): boolean =>
  KEY_CODES.has(refusal.code) && (key.refused?.(`${refusal.code}: ${refusal.text}`) ?? false);
