/**
 * Encrypts small values before they are stored. `context` says whose value it is (a name that the row has too): what was
 * sealed for one context cannot be opened for another, so that rows cannot be exchanged on disk.
 */
export interface Vault {
  /** ASCII text that holds the value; different each time. */
  seal(value: Uint8Array, context: string): string;
  /** The value again. Throws when the text was changed, sealed with another key, or for another context. */
  open(sealed: string, context: string): Uint8Array;
}
