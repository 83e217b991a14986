import { createHash } from 'node:crypto';
import type { Digest } from '../lib/digest.ts';

/** Digests by the machine's own library. */
export const nodeDigest: Digest = (algorithm, bytes) => createHash(algorithm).update(bytes).digest();
