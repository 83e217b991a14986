/** Digests that checksums of other systems are made with. MD5 and SHA-1 protect nothing: they tell accidents alone. */
export type Digest = (algorithm: 'md5' | 'sha1' | 'sha256', bytes: Uint8Array) => Uint8Array;
