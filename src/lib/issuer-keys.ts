/** The public keys of an issuer of tokens as it publishes them (RFC 7517): `{"keys": […]}`. */
export interface IssuerKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Where the keys come from with which tokens of OIDC providers are verified. */
export interface IssuerKeys {
  /**
   * The keys of an issuer, whose URL is without `https://`; undefined when they are neither configured nor to be had
   * from it. `keyId` is the one that the token names: keys that were got before are got again when it is not among them.
   */
  find(issuer: string, keyId: string | undefined): Promise<IssuerKeySet | undefined>;
}

/** Whether a parsed text is a set of keys. */
export const isIssuerKeySet = (value: unknown): value is IssuerKeySet =>
  typeof value === 'object' &&
  value !== null &&
  'keys' in value &&
  Array.isArray(value.keys) &&
  value.keys.every((key) => typeof key === 'object' && key !== null && 'kty' in key);
