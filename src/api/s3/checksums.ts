import type { ChecksumAlgorithm, S3Object } from '../../domain/s3.ts';
import { crc32, crc32c, crc64nvme } from '../../lib/crc.ts';
import type { Digest } from '../../lib/digest.ts';
import { s3Errors } from './errors.ts';

const SUMS: Readonly<Record<ChecksumAlgorithm, (bytes: Uint8Array, digest: Digest) => Uint8Array>> = {
  CRC32: crc32,
  CRC32C: crc32c,
  CRC64NVME: crc64nvme,
  SHA1: (bytes, digest) => digest('sha1', bytes),
  SHA256: (bytes, digest) => digest('sha256', bytes),
};

/** The sums that a request or an answer carries. */
export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

const ALGORITHMS = Object.keys(SUMS) as ChecksumAlgorithm[];

const checksumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array, digest: Digest): string =>
  Buffer.from(SUMS[algorithm](bytes, digest)).toString('base64');

/**
 * Checks the sums that came with a body, and answers the one to keep: the one that came, the one of the algorithm that
 * was named, or CRC64NVME. (S3-6; checking-object-integrity-upload)
 */
export function checkedChecksum(
  input: ChecksumMembers & {
    readonly ContentMD5?: string | undefined;
    readonly ChecksumAlgorithm?: string | undefined;
  },
  bytes: Uint8Array,
  digest: Digest,
): S3Object['checksum'] {
  checkMd5(input.ContentMD5, bytes, digest);
  let kept: S3Object['checksum'] | undefined;
  for (const algorithm of ALGORITHMS) {
    const claimed = input[`Checksum${algorithm}`];
    if (claimed === undefined) continue;
    const value = checksumOf(algorithm, bytes, digest);
    if (value !== claimed) throw s3Errors.badDigest(algorithm);
    kept = { algorithm, value };
  }
  if (kept !== undefined) return kept;
  const named = (input.ChecksumAlgorithm ?? 'CRC64NVME').toUpperCase();
  const algorithm = ALGORITHMS.find((each) => each === named);
  if (algorithm === undefined)
    throw s3Errors.unsupported(`x-amz-sdk-checksum-algorithm ${named.slice(0, 32)}`);
  return { algorithm, value: checksumOf(algorithm, bytes, digest) };
}

function checkMd5(claimed: string | undefined, bytes: Uint8Array, digest: Digest): void {
  if (claimed === undefined) return;
  const sum = Buffer.from(claimed, 'base64');
  if (sum.length !== 16) throw s3Errors.invalidDigest();
  if (!sum.equals(digest('md5', bytes))) throw s3Errors.badDigest('MD5');
}

/** The ETag of an object that was put whole: its MD5, in quotes. */
export const etagOf = (bytes: Uint8Array, digest: Digest): string =>
  `"${Buffer.from(digest('md5', bytes)).toString('hex')}"`;

/** The kept sum as an answer has it. */
export const checksumMembers = ({
  checksum,
}: S3Object): ChecksumMembers & { readonly ChecksumType: 'FULL_OBJECT' } => ({
  [`Checksum${checksum.algorithm}`]: checksum.value,
  ChecksumType: 'FULL_OBJECT',
});
