/** The only source of new names. Production draws them at random; the simulator counts from a seed. */
export interface Ids {
  /** `length` lower-case hexadecimal characters, e.g. 32 for a task id. */
  hex(length: number): string;
  /** `length` decimal digits, the first one not 0, e.g. 19 for a deployment id. */
  digits(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
  /** `length` upper-case base-32 characters (A–Z, 2–7), e.g. the tail of an access key id. */
  base32(length: number): string;
  /** `length` URL-safe characters of at least 6 bits each, for secrets. Cryptographically strong in production. */
  secret(length: number): string;
}
