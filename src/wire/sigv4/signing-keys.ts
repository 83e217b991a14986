import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type CredentialScope, signingKey } from '../../lib/sigv4-canonical.ts';

/** More scopes than this are not kept: about 200 bytes each. */
const KEYS_MAX_COUNT = 5_000;

/** Derived signing keys, so that a request costs one HMAC and not five. The oldest is dropped when it is full. */
export class SigningKeys {
  readonly #keys = new Map<string, { readonly secret: string; readonly key: KeyObject }>();

  /** The key of a secret for a scope. A changed secret under the same id is noticed. */
  of(accessKeyId: string, secret: string, scope: CredentialScope): KeyObject {
    const name = `${accessKeyId}/${scope.day}/${scope.region}/${scope.service}`;
    const known = this.#keys.get(name);
    if (known !== undefined && known.secret === secret) return known.key;
    // Node takes a key of bytes ten times as long to read as one that it has made into its own form.
    const key = createSecretKey(signingKey<Buffer>(secret, scope, hmac));
    if (this.#keys.size >= KEYS_MAX_COUNT) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    this.#keys.set(name, { secret, key });
    return key;
  }
}

/** HMAC-SHA256. */
export const hmac = (key: KeyObject | Buffer | string, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
