import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Ids } from '../lib/ids.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Names drawn from the machine's cryptographic generator. */
export const randomIds: Ids = {
  hex: (length) =>
    randomBytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length),
  digits: (length) => Array.from({ length }, (_, index) => randomInt(index === 0 ? 1 : 0, 10)).join(''),
  uuid: () => randomUUID(),
  base32: (length) => Array.from(randomBytes(length), (byte) => BASE32[byte & 31]).join(''),
  secret: (length) => randomBytes(length).toString('base64url').slice(0, length),
};
