import { clientError } from './service-error.ts';

/** A page of a listing and, when there is more, the token that continues it. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextToken?: string;
}

/** The opaque token that continues a listing after `key`. */
export const pageToken = (key: string): string => encodeBase64Url(`1:${key}`);

/** The key inside a token made by `pageToken`; a token of another make is the caller's error. */
export function readPageToken(
  token: string | undefined,
  code = 'InvalidParameterException',
): string | undefined {
  if (token === undefined || token === '') return undefined;
  const text = decodeBase64Url(token);
  if (text === undefined || !text.startsWith('1:')) throw clientError(code, 'Invalid token provided.');
  return text.slice(2);
}

/**
 * Cuts `rows` (fetched with a limit of `size` + 1) to a page of `size`.
 * `key` names what the next page starts after.
 */
export function pageOf<Row>(rows: readonly Row[], size: number, key: (row: Row) => string): Page<Row> {
  if (rows.length <= size) return { rows };
  const kept = rows.slice(0, size);
  const last = kept[kept.length - 1];
  return last === undefined ? { rows: kept } : { rows: kept, nextToken: pageToken(key(last)) };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Keys and tokens are ASCII plus what names allow; each UTF-16 unit is written as two bytes to be total. */
function encodeBase64Url(text: string): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    held = ((held << 16) | unit) >>> 0;
    bits += 16;
    while (bits >= 6) {
      bits -= 6;
      out += ALPHABET[(held >>> bits) & 63];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + ALPHABET[(held << (6 - bits)) & 63];
}

function decodeBase64Url(token: string): string | undefined {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const char of token) {
    const value = ALPHABET.indexOf(char);
    if (value < 0) return undefined;
    held = ((held << 6) | value) >>> 0;
    bits += 6;
    if (bits >= 16) {
      bits -= 16;
      out += String.fromCharCode((held >>> bits) & 0xffff);
      held &= (1 << bits) - 1;
    }
  }
  return out;
}
