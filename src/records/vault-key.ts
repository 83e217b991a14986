import type { Collection, ReadTx, WriteTx } from '../store/store.ts';

/** Which key has sealed the values of this state. */
interface VaultKeyNote {
  readonly name: 'vault-key';
  /** Tells keys apart and says nothing about the key. */
  readonly keyId: string;
}

const vaultKeyNotes: Collection<VaultKeyNote> = { name: 'vault-key', key: (row) => row.name, indexes: {} };

/** The id of the key that the state was sealed with; undefined before the first start has written it. */
export const sealingKeyId = (tx: ReadTx): string | undefined => tx.get(vaultKeyNotes, 'vault-key')?.keyId;

/** Remembers the key that seals from now on. */
export const noteSealingKey = (tx: WriteTx, keyId: string): void =>
  tx.put(vaultKeyNotes, { name: 'vault-key', keyId });
