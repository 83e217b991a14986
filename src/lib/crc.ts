/** A cyclic redundancy check of up to 64 bits, as `high` and `low` 32 bits; `high` is 0 for those of 32. */
interface Remainder {
  readonly high: number;
  readonly low: number;
}

/** The reflected polynomial of CRC-32 (ISO-HDLC). */
const CRC32_POLYNOMIAL: Remainder = { high: 0, low: 0xedb88320 };
/** Of CRC-32C (Castagnoli, RFC 3720). */
const CRC32C_POLYNOMIAL: Remainder = { high: 0, low: 0x82f63b78 };
/** Of CRC-64/NVME. */
const CRC64NVME_POLYNOMIAL: Remainder = { high: 0x9a6c9329, low: 0xac4bc9b5 };

/** One entry for each value of a byte. */
interface Table {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

function tableOf(polynomial: Remainder): Table {
  const table = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte += 1) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (low & 1) === 1;
      low = (low >>> 1) | ((high & 1) << 31);
      high >>>= 1;
      if (isOdd) {
        high ^= polynomial.high;
        low ^= polynomial.low;
      }
    }
    table.high[byte] = high;
    table.low[byte] = low;
  }
  return table;
}

/** `first` is what the upper half begins with: all ones, or nothing for sums of 32 bits. */
function remainderOf(bytes: Uint8Array, table: Table, first: 0 | 0xffffffff): Remainder {
  let high: number = first;
  let low = 0xffffffff;
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (table.low[index] ?? 0);
    high = (high >>> 8) ^ (table.high[index] ?? 0);
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}

const bigEndian = (value: number): readonly number[] =>
  [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

const CRC32_TABLE = tableOf(CRC32_POLYNOMIAL);
const CRC32C_TABLE = tableOf(CRC32C_POLYNOMIAL);
const CRC64NVME_TABLE = tableOf(CRC64NVME_POLYNOMIAL);

/** CRC-32, four bytes, the most significant first. */
export const crc32 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(bigEndian(remainderOf(bytes, CRC32_TABLE, 0).low));

/** CRC-32C, four bytes, the most significant first. */
export const crc32c = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(bigEndian(remainderOf(bytes, CRC32C_TABLE, 0).low));

/** CRC-64/NVME, eight bytes, the most significant first. */
export function crc64nvme(bytes: Uint8Array): Uint8Array {
  const { high, low } = remainderOf(bytes, CRC64NVME_TABLE, 0xffffffff);
  return Uint8Array.from([...bigEndian(high), ...bigEndian(low)]);
}
