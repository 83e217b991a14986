import type { Ids } from '../lib/ids.ts';
import type { Rng } from '../lib/rng.ts';

const HEX = '0123456789abcdef';
const DIGITS = '0123456789';
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Ids that look like chance and are the same in every run with the same seed. */
export function seededIds(rng: Rng): Ids {
  const draw = (alphabet: string, length: number): string => {
    let text = '';
    for (let count = 0; count < length; count += 1) text += alphabet[rng.below(alphabet.length)];
    return text;
  };
  return {
    hex: (length) => draw(HEX, length),
    digits: (length) => draw('123456789', 1) + draw(DIGITS, length - 1),
    uuid: () => `${draw(HEX, 8)}-${draw(HEX, 4)}-4${draw(HEX, 3)}-8${draw(HEX, 3)}-${draw(HEX, 12)}`,
    base32: (length) => draw(BASE_32, length),
    secret: (length) => draw(HEX, length * 2),
  };
}
