import { describe, expect, test } from 'vitest';
import { crc32, crc32c, crc64nvme } from './crc.ts';

const CHECK = new TextEncoder().encode('123456789');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The check values of the catalogue of parametrised CRC algorithms. */
test.each([
  ['CRC-32', crc32, 'cbf43926', '00000000'],
  ['CRC-32C', crc32c, 'e3069283', '00000000'],
  ['CRC-64/NVME', crc64nvme, 'ae8b14860a799888', '0000000000000000'],
] as const)('%s of the check text and of nothing', (_name, crc, expected, ofNothing) => {
  expect(hex(crc(CHECK))).toBe(expected);
  expect(hex(crc(new Uint8Array()))).toBe(ofNothing);
});

describe('crc32', () => {
  test('[S3-6] every byte counts', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index);
    const sums = bytes.map((_, at) => crc32(bytes.with(at, 255 - (bytes[at] ?? 0)))[3] ?? 0);
    expect(sums.length).toBe(300);
    expect(hex(crc32(bytes.with(7, 8)))).not.toBe(hex(crc32(bytes)));
  });
});
