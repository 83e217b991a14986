import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import type { Vault } from '../lib/vault.ts';

/** Bytes of the key. */
const KEY_BYTES = 32;
/** Bytes of the nonce, as NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
/** Marks the form of sealed text, should there ever be another. */
const FORM = 'v1.';

/** A fresh key. */
export const newVaultKey = (): Buffer => randomBytes(KEY_BYTES);

/** The key inside the text of a key file; undefined for text of another form. */
export function readVaultKey(text: string): Buffer | undefined {
  const key = Buffer.from(text.trim(), 'base64');
  return key.length === KEY_BYTES && key.toString('base64') === text.trim() ? key : undefined;
}

/** Tells keys apart without saying what they are. */
export const vaultKeyId = (key: Buffer): string =>
  hash('sha256', Buffer.concat([Buffer.from('gantry vault key id'), key]), 'hex').slice(0, 16);

/** A vault with AES-256-GCM: nonce, ciphertext and tag in base64; the context is authenticated with it. */
export function aesVault(key: Buffer): Vault {
  return {
    seal: (value, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const sealed = Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
      return `${FORM}${sealed.toString('base64')}`;
    },
    open: (sealed, context) => {
      if (!sealed.startsWith(FORM)) throw new Error('a stored value has an unknown form');
      const bytes = Buffer.from(sealed.slice(FORM.length), 'base64');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('a stored value is cut off');
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(context, 'utf8'));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    },
  };
}
