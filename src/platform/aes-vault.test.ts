import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesVault, newVaultKey, readVaultKey, vaultKeyId } from './aes-vault.ts';

describe('aesVault', () => {
  test('[SEC-14] opens what it sealed, whatever the bytes', () => {
    const vault = aesVault(newVaultKey());
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (value, context) => {
        const sealed = vault.seal(value, context);
        expect([...vault.open(sealed, context)]).toEqual([...value]);
        expect(vault.seal(value, context)).not.toBe(sealed);
      }),
      { numRuns: 50 },
    );
  });

  test('[SEC-14] refuses another key, another context, and changed text', () => {
    const vault = aesVault(newVaultKey());
    const sealed = vault.seal(Buffer.from('value'), 'a');
    expect(() => vault.open(sealed, 'b')).toThrow();
    expect(() => aesVault(newVaultKey()).open(sealed, 'a')).toThrow();
    const flipped = `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`;
    expect(() => vault.open(flipped, 'a')).toThrow();
    expect(() => vault.open(sealed.slice(0, 10), 'a')).toThrow('cut off');
  });
});

describe('readVaultKey', () => {
  test('[SEC-14] reads a key of 32 bytes and nothing else; its id is not the key', () => {
    const key = newVaultKey();
    const text = key.toString('base64');
    expect(readVaultKey(`${text}\n`)).toEqual(key);
    expect(readVaultKey(text.slice(4))).toBeUndefined();
    expect(readVaultKey('')).toBeUndefined();
    expect(text).not.toContain(vaultKeyId(key));
  });
});
