/**
 * A short name for a text: equal texts have equal ones, and different texts almost never (106 bits and the length).
 * Not for secrets and not against an adversary.
 */
export function fingerprint(text: string): string {
  return `${text.length.toString(16)}-${hash53(text, 0).toString(16)}-${hash53(text, 1).toString(16)}`;
}

/**
 * A whole number from 0 to 2^53 - 1 that looks drawn by chance and is the same for the same text and seed: two 32-bit
 * multiplicative hashes that feed each other at the end. Not against an adversary.
 */
export function hash53(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
